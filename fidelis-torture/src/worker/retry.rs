//! How long a caller waits before it asks again.

use std::{thread, time::Duration};

/// Waits a moment that doubles from attempt to attempt, up to a quarter of a second.
pub(super) fn pause(attempt: u32) {
    thread::sleep(Duration::from_millis(1 << attempt.min(8)));
}
