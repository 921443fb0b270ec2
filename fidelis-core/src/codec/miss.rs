//! The error of the fast paths: it says nothing, because nobody reads it.

use std::{cell::Cell, fmt};

use serde::{de, ser};

thread_local! {
    /// Whether a [`Miss`] came into being in the attempt under way on this thread.
    static MISSED: Cell<bool> = const { Cell::new(false) };
}

/// The fast path does not know what to do here; `serde_json` does.
#[derive(Debug)]
pub(super) struct Miss(());

impl Miss {
    #[cold]
    pub(super) fn new() -> Self {
        MISSED.set(true);
        Miss(())
    }
}

/// Watches one attempt for misses, also for those which never come out of it.
///
/// A `Deserialize` of somebody else's may swallow an error and go on with a default. `serde_json` might have given it a
/// value where we gave it a miss, so an attempt in which anything at all went wrong counts for nothing.
pub(super) struct Watch {
    /// What was known of the attempt around this one, for payloads within payloads.
    outer: bool,
}

impl Watch {
    #[inline]
    pub(super) fn start() -> Self {
        Watch { outer: MISSED.replace(false) }
    }

    #[inline]
    pub(super) fn missed(&self) -> bool {
        MISSED.get()
    }
}

impl Drop for Watch {
    #[inline]
    fn drop(&mut self) {
        MISSED.set(self.outer);
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not on the fast path")
    }
}

impl std::error::Error for Miss {}

impl de::Error for Miss {
    #[inline]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Miss::new()
    }
}

impl ser::Error for Miss {
    #[inline]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Miss::new()
    }
}
