//! When to try again.

use jiff::SignedDuration;

/// How often something that failed is tried, and after what time.
///
/// The time doubles from `first` up to `longest`; the actual wait is anywhere between half of it and all of it, so that
/// those who failed together do not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a message is tried before it is parked for a person; at least once.
    pub attempts: u32,
    /// The wait after the first failure.
    pub first: SignedDuration,
    /// No wait is longer.
    pub longest: SignedDuration,
    /// How often a command is tried when others write the same aggregate; at least once.
    pub conflicts: u32,
}

/// Five attempts, 100 ms to one minute; ten for conflicts.
impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { attempts: 5, first: SignedDuration::from_millis(100), longest: SignedDuration::from_mins(1), conflicts: 10 }
    }
}

impl RetryPolicy {
    /// The wait after `attempts` failures; `chance` is between 0 and 1. `None` when it was the last attempt.
    pub(super) fn wait(&self, attempts: u32, chance: f64) -> Option<SignedDuration> {
        if attempts >= self.attempts {
            return None;
        }
        let doublings = 2_i32.saturating_pow(attempts.saturating_sub(1));
        let full = self.first.saturating_mul(doublings).min(self.longest);
        Some(full.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0))
    }

    /// The wait after `failures` of the store in a row.
    pub(super) fn pause(&self, failures: u32, chance: f64) -> SignedDuration {
        RetryPolicy { attempts: u32::MAX, ..*self }.wait(failures, chance).unwrap_or(self.longest)
    }

    /// The wait before deciding again after `attempt` conflicts: up to 2 ms, doubling up to 100 ms.
    pub(super) fn conflict_wait(&self, attempt: u32, chance: f64) -> SignedDuration {
        let full = SignedDuration::from_millis(2_i64.saturating_pow(attempt.min(7))).min(SignedDuration::from_millis(100));
        full.mul_f64(chance.clamp(0.0, 1.0))
    }
}
