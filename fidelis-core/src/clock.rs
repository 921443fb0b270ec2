//! Time, identities and randomness as inputs: what the engine may know of the world, behind two small ports.

mod timer;

use std::{
    cell::Cell,
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use rand::RngExt;
use uuid::{Builder, Uuid};

use self::timer::Sleep;
use crate::BoxFuture;

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits that long; what a command does between two attempts when others keep winning.
    fn sleep(&self, duration: SignedDuration) -> BoxFuture<'static, ()>;

    /// Waits until this clock says that it is `time`; at once when it does already.
    fn until(&self, time: Timestamp) -> BoxFuture<'static, ()> {
        self.sleep(time.duration_since(self.now()))
    }
}

/// A time as it is recorded: to the microsecond, which is what every store can hold, so that a log is the same in each of them.
#[inline]
pub(crate) fn recorded(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: SignedDuration) -> BoxFuture<'static, ()> {
        Box::pin(Sleep::new(duration.try_into().unwrap_or_default()))
    }
}

/// A clock that stands still until it is told to go on.
///
/// ```
/// use fidelis_core::{Clock, ManualClock};
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(jiff::SignedDuration::from_mins(30));
/// assert_eq!(clock.now().duration_since(before), jiff::SignedDuration::from_mins(30));
/// ```
#[derive(Debug)]
pub struct ManualClock(Arc<Mutex<Stopped>>);

/// Where a clock stands, and who waits for it to go on.
#[derive(Debug)]
struct Stopped {
    now: Timestamp,
    waiting: Vec<Waker>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        ManualClock(Arc::new(Mutex::new(Stopped { now, waiting: Vec::new() })))
    }

    /// Lets time pass; saturates at the end of time.
    pub fn advance(&self, by: SignedDuration) {
        self.move_to(|now| now.saturating_add(by).expect("a duration has no calendar units"));
    }

    /// Sets the clock, to an earlier time too.
    pub fn set(&self, now: Timestamp) {
        self.move_to(|_| now);
    }

    fn move_to(&self, time: impl FnOnce(Timestamp) -> Timestamp) {
        let waiting = {
            let mut stopped = self.0.lock();
            stopped.now = time(stopped.now);
            std::mem::take(&mut stopped.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Stands at 2025-01-01T00:00:00Z.
impl Default for ManualClock {
    fn default() -> Self {
        ManualClock::at(Timestamp::constant(1_735_689_600, 0))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().now
    }

    /// Is over at once: who tells the time by hand does not want to wait for it.
    fn sleep(&self, _: SignedDuration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Is over when somebody has moved the clock that far.
    fn until(&self, time: Timestamp) -> BoxFuture<'static, ()> {
        let stopped = Arc::clone(&self.0);
        Box::pin(poll_fn(move |context| {
            let mut stopped = stopped.lock();
            if stopped.now >= time {
                return Poll::Ready(());
            }
            if !stopped.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                stopped.waiting.push(context.waker().clone());
            }
            Poll::Pending
        }))
    }
}

/// A shared clock, so that a test can keep one and hand one over.
impl<C: Clock> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        C::now(self)
    }

    fn sleep(&self, duration: SignedDuration) -> BoxFuture<'static, ()> {
        C::sleep(self, duration)
    }

    fn until(&self, time: Timestamp) -> BoxFuture<'static, ()> {
        C::until(self, time)
    }
}

/// Gives identities to commands that come from outside, and chance where chance is asked for (jitter).
pub trait Randomness: fmt::Debug + Send + Sync + 'static {
    /// A new identity; `now` is the clock's reading.
    fn uuid(&self, now: Timestamp) -> Uuid;

    /// A number from 0 (inclusive) to 1 (exclusive).
    fn fraction(&self) -> f64;
}

/// A shared source, so that an engine can be started again and go on with it.
impl<R: Randomness> Randomness for Arc<R> {
    fn uuid(&self, now: Timestamp) -> Uuid {
        R::uuid(self, now)
    }

    fn fraction(&self) -> f64 {
        R::fraction(self)
    }
}

/// Time-ordered identities (UUID version 7, RFC 9562 section 5.7) from a generator per thread, seeded by the operating system.
///
/// Those of one thread ascend: within a millisecond each is a random step above the one before (section 6.2, method 2).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

thread_local! {
    /// The millisecond and the random bits of the last identity.
    static LAST: Cell<(u64, u128)> = const { Cell::new((0, 0)) };
}

/// The random bits of a version 7 UUID, as [`Builder::from_unix_timestamp_millis`] takes them: 80, of which it overwrites six.
const RANDOM_BITS: u32 = 80;

impl Randomness for SystemRandomness {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let (last, bits) = LAST.get();
        // The step leaves the six bits alone that the version and the variant take: it goes to those below.
        let stepped = (bits & LOW) + u128::from(rand::rng().random::<u32>()) + 1;
        let (millis, bits) = match now <= last && stepped <= LOW {
            true => (last, (bits & !LOW) | stepped),
            false => {
                (now.max(last + u64::from(now <= last)), rand::rng().random::<u128>() & ((1 << RANDOM_BITS) - 1) & !(HALF_OF_LOW))
            }
        };
        LAST.set((millis, bits));
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&bits.to_be_bytes()[6..]);
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    fn fraction(&self) -> f64 {
        rand::rng().random()
    }
}

/// The random bits below the variant.
const LOW: u128 = (1 << 62) - 1;

/// Their first: not set in a new millisecond, so that there is room for steps.
const HALF_OF_LOW: u128 = 1 << 61;

/// The same identities in the same order, every time: 1, 2, 3, and no chance.
#[derive(Debug, Default)]
pub struct CountingRandomness(Mutex<u64>);

impl Randomness for CountingRandomness {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let mut count = self.0.lock();
        *count += 1;
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&count.to_be_bytes());
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    fn fraction(&self) -> f64 {
        0.5
    }
}
