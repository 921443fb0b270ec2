//! Where one consumer is: up to date with a queue, behind, or at work.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;
use smallvec::SmallVec;

use super::{ParkedMessages, Work};
use crate::{Recorded, store::PageLimit};

/// A queue that grows beyond one of these is given up: its consumer reads from the store instead.
const QUEUE: PageLimit = PageLimit { records: 10_000, bytes: 16 << 20 };

pub(super) struct Consumer {
    /// Everything up to here is handled, parked or of no interest.
    pub(super) cursor: u64,
    /// The checkpoint in the store: the last position that was of interest.
    pub(super) stored: u64,
    pub(super) queue: VecDeque<Arc<Recorded>>,
    pub(super) queued_bytes: usize,
    pub(super) behind: bool,
    /// The first position of the work under way.
    pub(super) busy: Option<u64>,
    pub(super) parked: ParkedMessages,
}

impl Consumer {
    pub(super) fn queue(&mut self, record: &Arc<Recorded>) {
        if self.behind || record.metadata.global_position <= self.cursor {
            return;
        }
        self.queued_bytes += record.payload.len();
        self.queue.push_back(Arc::clone(record));
        if self.queue.len() > QUEUE.records || self.queued_bytes > QUEUE.bytes {
            self.fall_behind();
        }
    }

    /// From now on it reads from the store, until it has reached the head.
    pub(super) fn fall_behind(&mut self) {
        self.behind = true;
        self.queue = VecDeque::new();
        self.queued_bytes = 0;
    }

    /// Everything of interest up to `position` is handled, and stored as such.
    pub(super) fn folded(&mut self, position: u64) {
        self.stored = self.stored.max(position);
        self.cursor = self.cursor.max(position);
    }

    /// Others have handled everything of interest up to `checkpoint`: none of it is waited for here.
    pub(super) fn passed_by_others(&mut self, checkpoint: u64) {
        self.stored = checkpoint;
        self.cursor = self.cursor.max(checkpoint);
        while let Some(record) = self.queue.pop_front_if(|record| record.metadata.global_position <= checkpoint) {
            self.queued_bytes -= record.payload.len();
        }
    }

    /// Whether everything up to `target` is handled or parked.
    pub(super) fn passed(&self, target: u64, head: u64) -> bool {
        match (self.busy, self.queue.front()) {
            _ if self.cursor >= target => true,
            (Some(first), _) => first > target,
            _ if self.behind => false,
            (None, Some(next)) => next.metadata.global_position > target,
            (None, None) => head >= target,
        }
    }

    pub(super) fn take(&mut self, index: usize, head: u64) -> Option<Work> {
        let held = self.parked.streams();
        if self.behind {
            self.busy = Some(self.cursor + 1);
            return Some(Work::CatchUp { consumer: index, from: self.cursor + 1, upto: head, held });
        }
        let limit = PageLimit::default();
        let mut bytes = 0;
        let fits = |record: &&Arc<Recorded>| {
            bytes += record.payload.len();
            bytes <= limit.bytes
        };
        let count = self.queue.iter().take(limit.records).take_while(fits).count().max(1).min(self.queue.len());
        let records: SmallVec<[Arc<Recorded>; 1]> = self.queue.drain(..count).collect();
        self.queued_bytes -= records.iter().map(|record| record.payload.len()).sum::<usize>();
        self.busy = Some(records.first()?.metadata.global_position);
        Some(Work::Deliver { consumer: index, records, held })
    }

    pub(super) fn due(&mut self, index: usize, now: Timestamp) -> Option<Work> {
        let messages = self.parked.due(now)?;
        self.busy = Some(self.cursor + 1);
        Some(Work::Retry { consumer: index, messages, revision: self.parked.revision() })
    }
}
