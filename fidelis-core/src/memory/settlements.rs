//! What commands were answered.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use super::{chunks::Chunks, places::Places};
use crate::{MessageId, store::Settlement};

/// Settlements, in the order they came.
#[derive(Default)]
pub(super) struct Settlements {
    settled: Chunks<Settlement>,
    by_command: Places,
}

impl Settlements {
    #[inline]
    pub(super) fn get(&self, command: MessageId) -> Option<&Settlement> {
        let is_it = |place| self.settled.get(place).is_some_and(|settled| settled.command == command);
        self.by_command.find(hash(command), is_it).and_then(|place| self.settled.get(place))
    }

    /// Adds one that is not there yet.
    #[inline]
    pub(super) fn insert(&mut self, settlement: Settlement) {
        self.by_command.insert(hash(settlement.command), self.settled.len());
        self.settled.push(settlement);
    }
}

#[inline]
fn hash(command: MessageId) -> u64 {
    FxBuildHasher.hash_one(command.uuid().as_u64_pair())
}
