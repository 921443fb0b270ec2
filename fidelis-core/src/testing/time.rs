//! Durations that read like the rule.

use crate::SignedDuration;

/// That many seconds, for [`after`](super::Given::after).
pub const fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// That many minutes, for [`after`](super::Given::after).
pub const fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// That many hours, for [`after`](super::Given::after).
pub const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// That many days of 24 hours, for [`after`](super::Given::after).
pub const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}
