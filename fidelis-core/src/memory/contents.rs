//! Everything a memory store holds, and the one operation that changes it.

use std::{collections::BTreeMap, mem, sync::Arc};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{
    log::Log,
    settlements::Settlements,
    tables::{Rows, Tables},
};
use crate::{
    Error, MessageId, Recorded,
    store::{CheckpointMove, Commit, CommitResult, Committed, Fold, Parked, ParkedChange, Restored, Settlement},
};

#[derive(Clone, Default)]
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
            return Ok(CommitResult::Repeated(settled));
        }
        self.tables.check(&commit.rows, &commit.tables)?;
        commit.check()?;
        if let Some(restored) = &commit.restored {
            self.log.check_restored(restored)?;
        }
        let places = self.log.check(&commit.appends)?;
        self.check_checkpoints(&commit.checkpoints)?;

        // From here on nothing can fail.
        let covered = self.covered(&commit.folds);
        let records = self.log.append(commit.time, &commit.origin, &mut commit.appends, &places);
        if let Some(restored) = commit.restored.take() {
            self.restore(*restored);
        }
        let head = self.log.head();
        if !commit.rows.is_empty() || !commit.tables.is_empty() {
            self.tables.apply(mem::take(&mut commit.rows), &commit.tables, replaced);
        }
        while let Some(moved) = commit.checkpoints.pop() {
            self.checkpoints.insert(moved.subscription, moved.to);
        }
        for change in mem::take(&mut commit.parked) {
            self.park(change);
        }
        let folded = self.fold(&commit.folds, &covered, &records);
        self.settlements.prune(&commit.pruned);
        if let Some(mut settlement) = commit.settlement.take() {
            settlement.position = head;
            self.settlements.insert(settlement);
        }
        Ok(CommitResult::Committed(Committed { records, head, folded }))
    }

    fn restore(&mut self, restored: Restored) {
        restored.records.into_iter().for_each(|record| self.log.restore(record));
        for settlement in restored.settlements {
            if self.settlements.get(settlement.command).is_none() {
                self.settlements.insert(settlement);
            }
        }
    }

    /// Which projectors have handled all that is stored of their interest, and have nothing parked.
    fn covered(&self, folds: &[Arc<dyn Fold>]) -> SmallVec<[bool; 1]> {
        let covered = |fold: &Arc<dyn Fold>| {
            let checkpoint = self.checkpoint(fold.subscription());
            let parked = self.parked.get(fold.subscription()).is_some_and(|parked| !parked.is_empty());
            !parked && (checkpoint == self.log.head() || self.log.last_of(fold.interest()) <= checkpoint)
        };
        let mut all = SmallVec::new();
        folds.iter().for_each(|fold| all.push(covered(fold)));
        all
    }

    /// Lets the projectors that are that far follow. Gives the places of those that did.
    fn fold(&mut self, folds: &[Arc<dyn Fold>], covered: &[bool], records: &[Arc<Recorded>]) -> SmallVec<[usize; 1]> {
        let mut folded = SmallVec::new();
        for (place, fold) in folds.iter().enumerate().filter(|(place, _)| covered[*place]) {
            let types = &fold.interest().types;
            let is_of_interest = |record: &&Arc<Recorded>| types.contains(&record.metadata.type_name);
            let mut some: SmallVec<[Arc<Recorded>; 1]> = SmallVec::new();
            let of_interest = match records.iter().all(|record| is_of_interest(&record)) {
                true => records,
                false => {
                    some.extend(records.iter().filter(is_of_interest).cloned());
                    &some
                }
            };
            let Some(last) = of_interest.last() else { continue };
            let tables = &self.tables;
            let Ok(rows) = fold.fold(of_interest, &mut |table, key| tables.row(table, key, false)) else { continue };
            if self.tables.change(rows).is_err() {
                continue;
            }
            // Its name is known: the checkpoint was looked at.
            match self.checkpoints.get_mut(fold.subscription()) {
                Some(checkpoint) => *checkpoint = last.metadata.global_position,
                None => drop(self.checkpoints.insert(Arc::clone(fold.subscription()), last.metadata.global_position)),
            }
            folded.push(place);
        }
        folded
    }

    fn check_checkpoints(&self, moves: &[CheckpointMove]) -> Result<(), Error> {
        for moved in moves {
            moved.check(self.checkpoint(&moved.subscription))?;
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

    /// All checkpoints, by name.
    pub(super) fn checkpoints(&self) -> Vec<(Arc<str>, u64)> {
        let mut checkpoints: Vec<_> = self.checkpoints.iter().map(|(name, position)| (Arc::clone(name), *position)).collect();
        checkpoints.sort_unstable();
        checkpoints
    }

    /// Settled commands, in the order of their identities.
    pub(super) fn settlements(&self, after: Option<MessageId>, limit: usize) -> Vec<Settlement> {
        self.settlements.page(after, limit)
    }

    pub(super) fn checkpoint(&self, subscription: &str) -> u64 {
        self.checkpoints.get(subscription).copied().unwrap_or_default()
    }

    pub(super) fn parked(&self, subscription: &str) -> Vec<Parked> {
        self.parked.get(subscription).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    pub(super) fn settlement(&self, command: MessageId) -> Option<Settlement> {
        self.settlements.get(command)
    }
}
