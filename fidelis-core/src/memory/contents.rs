//! Everything a memory store holds, and the one operation that changes it.

use std::{collections::BTreeMap, mem, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    log::Log,
    settlements::Settlements,
    tables::{Rows, Tables},
};
use crate::{
    Error, MessageId,
    store::{CheckpointMove, Commit, CommitResult, Committed, Parked, ParkedChange, Settlement},
};

#[derive(Default)]
pub(super) struct Contents {
    pub(super) log: Log,
    pub(super) tables: Tables,
    checkpoints: FxHashMap<Arc<str>, u64>,
    /// By subscription, then by position in the log.
    parked: FxHashMap<Arc<str>, BTreeMap<u64, Parked>>,
    settlements: Settlements,
}

impl Contents {
    /// Checks everything, then changes everything and takes it out of the commit. Tables that were replaced go into `replaced`.
    pub(super) fn commit(&mut self, commit: &mut Commit, replaced: &mut Vec<Rows>) -> Result<CommitResult, Error> {
        if let Some(settlement) = &commit.settlement
            && let Some(settled) = self.settlements.get(settlement.command)
        {
            return Ok(CommitResult::Repeated(settled.clone()));
        }
        self.tables.check(&commit.rows, &commit.tables)?;
        let places = self.log.check(&commit.appends)?;
        self.check_checkpoints(&commit.checkpoints)?;

        // From here on nothing can fail.
        let records = self.log.append(commit.time, &commit.origin, &mut commit.appends, &places);
        let head = self.log.head();
        self.tables.apply(mem::take(&mut commit.rows), &commit.tables, replaced);
        while let Some(moved) = commit.checkpoints.pop() {
            self.checkpoints.insert(moved.subscription, moved.to);
        }
        for change in mem::take(&mut commit.parked) {
            self.park(change);
        }
        if let Some(mut settlement) = commit.settlement.take() {
            settlement.position = head;
            self.settlements.insert(settlement);
        }
        Ok(CommitResult::Committed(Committed { records, head }))
    }

    fn check_checkpoints(&self, moves: &[CheckpointMove]) -> Result<(), Error> {
        for (index, moved) in moves.iter().enumerate() {
            if moves[..index].iter().any(|earlier| earlier.subscription == moved.subscription) {
                let message = format!("the checkpoint of `{}` is moved twice in one commit", moved.subscription);
                return Err(Error::invalid(message));
            }
            let actual = self.checkpoint(&moved.subscription);
            if actual != moved.from {
                return Err(Error::checkpoint_conflict(&moved.subscription, moved.from, actual));
            }
        }
        Ok(())
    }

    fn park(&mut self, change: ParkedChange) {
        match change {
            ParkedChange::Put(parked) => {
                self.parked.entry(Arc::clone(&parked.subscription)).or_default().insert(parked.position, parked);
            }
            ParkedChange::Remove { subscription, position } => {
                if let Some(parked) = self.parked.get_mut(&subscription) {
                    parked.remove(&position);
                }
            }
        }
    }

    pub(super) fn checkpoint(&self, subscription: &str) -> u64 {
        self.checkpoints.get(subscription).copied().unwrap_or_default()
    }

    pub(super) fn parked(&self, subscription: &str) -> Vec<Parked> {
        self.parked.get(subscription).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    pub(super) fn settlement(&self, command: MessageId) -> Option<&Settlement> {
        self.settlements.get(command)
    }
}
