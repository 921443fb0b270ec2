//! What consumers have to do, and what a caller leaves to others.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::{Recorded, StreamName, store::Parked};

/// Something a consumer has to do.
#[derive(Debug)]
pub(in crate::engine) enum Work {
    /// Read records that were committed but not offered yet.
    Dispatch { from: u64 },
    /// Read a page for a consumer that is behind, and handle it. All up to `upto` exists.
    CatchUp { consumer: usize, from: u64, upto: u64, held: Held },
    /// Handle these.
    Deliver { consumer: usize, records: SmallVec<[Arc<Recorded>; 1]>, held: Held },
    /// Handle parked messages of one stream, in this order, until one fails. They are parked as of `revision`.
    Retry { consumer: usize, messages: Vec<Parked>, revision: u64 },
}

impl Work {
    /// Whether it is to try again what is parked.
    pub(in crate::engine) fn is_retry(&self) -> bool {
        matches!(self, Work::Retry { .. })
    }

    /// The consumer it belongs to; none for dispatching.
    pub(in crate::engine) fn consumer(&self) -> Option<usize> {
        match self {
            Work::Dispatch { .. } => None,
            Work::CatchUp { consumer, .. } | Work::Deliver { consumer, .. } | Work::Retry { consumer, .. } => Some(*consumer),
        }
    }
}

/// What a caller has tried and the store did not let end.
#[derive(Debug, Default)]
pub(in crate::engine) struct Without {
    /// Consumers that could not handle what is next.
    pub(super) consumers: SmallVec<[usize; 2]>,
    /// Consumers that could not try again what they have parked; they may still handle what is next.
    pub(super) retries: SmallVec<[usize; 2]>,
}

impl Without {
    /// Leaves work like this to others from now on.
    pub(in crate::engine) fn add(&mut self, consumer: usize, is_retry: bool) {
        match is_retry {
            true => self.retries.push(consumer),
            false => self.consumers.push(consumer),
        }
    }
}

/// The streams whose messages wait behind a parked one.
pub(in crate::engine) type Held = Arc<FxHashSet<StreamName>>;
