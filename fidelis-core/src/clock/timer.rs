//! One thread for all who wait for a time: needs no async runtime, and costs nothing while nobody waits.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

/// Who is woken when.
struct Timer {
    waiting: Mutex<Waiting>,
    /// Somebody is to be woken earlier than all others.
    earlier: Condvar,
}

#[derive(Default)]
struct Waiting {
    by_time: BTreeMap<(Instant, u64), Waker>,
    next: u64,
}

/// The timer; none when no thread was to be had.
static TIMER: OnceLock<Option<&'static Timer>> = OnceLock::new();

fn timer() -> Option<&'static Timer> {
    *TIMER.get_or_init(|| {
        // It lives as long as the process does.
        let timer: &'static Timer = Box::leak(Box::new(Timer { waiting: Mutex::default(), earlier: Condvar::new() }));
        let started = thread::Builder::new().name("fidelis-timer".to_owned()).spawn(move || timer.run());
        started.is_ok().then_some(timer)
    })
}

impl Timer {
    fn run(&self) {
        let mut waiting = self.waiting.lock();
        loop {
            let now = Instant::now();
            match waiting.by_time.first_key_value().map(|((at, _), _)| *at) {
                None => self.earlier.wait(&mut waiting),
                Some(at) if at > now => drop(self.earlier.wait_until(&mut waiting, at)),
                Some(_) => {
                    let due = waiting.by_time.pop_first();
                    parking_lot::MutexGuard::unlocked(&mut waiting, || due.into_iter().for_each(|(_, waker)| waker.wake()));
                }
            }
        }
    }
}

/// Waits until some time has passed.
pub(super) struct Sleep {
    at: Instant,
    /// Its place among those who wait.
    place: Option<u64>,
}

impl Sleep {
    pub(super) fn new(duration: Duration) -> Self {
        let now = Instant::now();
        // A time that cannot be said is one that nobody sees.
        Sleep { at: now.checked_add(duration).unwrap_or(now + Duration::from_secs(1 << 30)), place: None }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Without a thread, going on at once is better than not going on.
        let Some(timer) = timer().filter(|_| self.at > Instant::now()) else {
            return Poll::Ready(());
        };
        let mut waiting = timer.waiting.lock();
        let place = self.place.unwrap_or(waiting.next);
        if self.place.is_none() {
            waiting.next += 1;
            self.place = Some(place);
        }
        waiting.by_time.insert((self.at, place), context.waker().clone());
        if waiting.by_time.first_key_value().is_some_and(|((_, first), _)| *first == place) {
            timer.earlier.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let (Some(place), Some(timer)) = (self.place, timer()) {
            timer.waiting.lock().by_time.remove(&(self.at, place));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, pin::pin, task::Context};

    use super::*;

    #[test]
    fn sleepers_wake_in_the_order_of_their_times() {
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for millis in [60, 20, 0, 40] {
                let order = &order;
                scope.spawn(move || {
                    let begun = Instant::now();
                    pollster::block_on(Sleep::new(Duration::from_millis(millis)));
                    assert!(begun.elapsed() >= Duration::from_millis(millis));
                    order.lock().push(millis);
                });
            }
        });
        assert_eq!(order.into_inner().len(), 4);
    }

    #[test]
    fn one_that_is_given_up_leaves_nothing_behind() {
        let mut waiting_one = Box::pin(Sleep::new(Duration::from_secs(1_000_000)));
        assert!(pin!(&mut waiting_one).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let (at, place) = (waiting_one.at, waiting_one.place.expect("it waits"));
        let waits = || timer().expect("there is a thread").waiting.lock().by_time.contains_key(&(at, place));
        assert!(waits());
        drop(waiting_one);
        assert!(!waits());
    }
}
