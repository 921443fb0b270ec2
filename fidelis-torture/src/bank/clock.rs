//! A clock that goes as the machine's does, and jumps.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use fidelis::SignedDuration;
use fidelis_core::{BoxFuture, Clock, SystemClock, Timestamp};

/// A clock that is some hours ahead of the machine's.
#[derive(Clone, Debug)]
pub(super) struct Jumping {
    hours: Arc<AtomicI64>,
}

impl Jumping {
    pub(super) fn ahead(hours: i64) -> Self {
        Jumping { hours: Arc::new(AtomicI64::new(hours)) }
    }

    /// Jumps this many hours ahead.
    pub(super) fn jump(&self, hours: i64) {
        self.hours.fetch_add(hours, Ordering::Relaxed);
    }
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_hours(self.hours.load(Ordering::Relaxed));
        SystemClock.now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: SignedDuration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}
