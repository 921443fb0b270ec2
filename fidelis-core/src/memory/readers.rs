//! Readers that wait for the log to grow.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, Ordering},
    task::{Poll, Waker},
};

use parking_lot::Mutex;

/// The wakers of those who wait.
#[derive(Default)]
pub(super) struct Readers {
    waiting: Mutex<Vec<Waker>>,
    /// Whether anybody waits: who commits looks here first, and there is usually nobody.
    any: AtomicBool,
}

impl Readers {
    /// Lets all who wait look again.
    pub(super) fn wake(&self) {
        if self.any.load(Ordering::SeqCst) {
            let waiting = {
                let mut waiting = self.waiting.lock();
                self.any.store(false, Ordering::SeqCst);
                std::mem::take(&mut *waiting)
            };
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits until `ready` gives something.
    pub(super) async fn wait_for<T>(&self, ready: impl Fn() -> Option<T>) -> T {
        poll_fn(|context| {
            if let Some(found) = ready() {
                return Poll::Ready(found);
            }
            {
                let mut waiting = self.waiting.lock();
                if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                    waiting.push(context.waker().clone());
                }
                self.any.store(true, Ordering::SeqCst);
            }
            // What was committed before anybody could know that we wait woke nobody.
            ready().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
