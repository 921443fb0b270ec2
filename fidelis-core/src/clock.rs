//! Time, identities and randomness as inputs: what the engine may know of the world, behind two small ports.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use rand::RngExt;
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
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
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        ManualClock(Mutex::new(now))
    }

    /// Lets time pass; saturates at the end of time.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock();
        *now = now.saturating_add(by).expect("a duration has no calendar units");
    }

    /// Sets the clock, to an earlier time too.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock() = now;
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
        *self.0.lock()
    }
}

/// Gives identities to commands that come from outside, and chance where chance is asked for (jitter).
pub trait Randomness: fmt::Debug + Send + Sync + 'static {
    /// A new identity; `now` is the clock's reading.
    fn uuid(&self, now: Timestamp) -> Uuid;

    /// A number from 0 (inclusive) to 1 (exclusive).
    fn fraction(&self) -> f64;
}

/// Time-ordered identities (UUID version 7, RFC 9562 section 5.7) from a generator per thread, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &rand::rng().random()).into_uuid()
    }

    fn fraction(&self) -> f64 {
        rand::rng().random()
    }
}

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
