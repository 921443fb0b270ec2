//! Driving futures by hand: poll by poll, with a waker that knows whether it was called.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A future and its own waker.
pub struct Stepped<F> {
    future: Pin<Box<F>>,
    woken: Arc<Woken>,
}

impl<F: Future> Stepped<F> {
    pub fn new(future: F) -> Self {
        Stepped { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    /// Whether somebody has asked for the next poll.
    pub fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::SeqCst)
    }

    pub fn poll(&mut self) -> Poll<F::Output> {
        self.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Polls at most `times`, each time only when woken.
    pub fn poll_times(&mut self, times: usize) -> Poll<F::Output> {
        for _ in 0..times {
            assert!(self.is_woken(), "the future waits for somebody who is not there");
            if let Poll::Ready(value) = self.poll() {
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    }
}

/// How long somebody on another thread, such as that of a store, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Wakes the thread that waits.
struct Unparks {
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Drives a future to its end on this thread; fails when it waits for what nobody is going to do.
#[track_caller]
pub fn run<F: Future>(future: F) -> F::Output {
    let unparks = Arc::new(Unparks { woken: AtomicBool::new(false), thread: thread::current() });
    let waker = Waker::from(Arc::clone(&unparks));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        let since = Instant::now();
        while !unparks.woken.swap(false, Ordering::SeqCst) {
            assert!(since.elapsed() < PATIENCE, "the future waits for somebody who is not there");
            thread::park_timeout(PATIENCE);
        }
    }
}

/// Drives several futures on this thread, in turns, each only when woken; fails when all of them wait.
#[track_caller]
pub fn run_all<F: Future>(futures: impl IntoIterator<Item = Stepped<F>>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    while running.iter().any(|(_, value)| value.is_none()) {
        let mut moved = false;
        for (future, value) in running.iter_mut().filter(|(future, value)| value.is_none() && future.is_woken()) {
            moved = true;
            if let Poll::Ready(ready) = future.poll() {
                *value = Some(ready);
            }
        }
        assert!(moved, "all of the futures wait");
    }
    running.into_iter().filter_map(|(_, value)| value).collect()
}
