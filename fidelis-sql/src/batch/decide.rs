//! The decision on one commit: everything is checked, then everything is changed.

use std::sync::Arc;

use fidelis_core::{
    Conflict, Error, Recorded,
    projection::{Key, Table},
    store::{CheckpointMove, CommitResult, Committed, Fold, ParkedChange, PrunedSettlement, Restored, RowChange, TableChange},
};
use smallvec::SmallVec;

use super::{Changes, Prepared, View};

/// Whether the store can hold what is to be written to a row: its table is there, and every value fits its column.
pub type RowCheck<'a> = dyn Fn(&RowChange) -> Result<(), Error> + 'a;

impl View {
    /// Decides a commit on what is known, and adds to `changes` what it changes. What it [needs](View::needs) is known; a settlement
    /// or a stream that is not is taken to be absent.
    ///
    /// # Errors
    /// Those of [`Store::commit`](fidelis_core::Store::commit); then nothing has changed, here or in `changes`.
    pub fn decide(
        &mut self,
        prepared: &mut Prepared,
        changes: &mut Changes,
        check: &RowCheck<'_>,
    ) -> Result<CommitResult, Error> {
        let settled = prepared.commit.settlement.as_ref().and_then(|settlement| self.settlements.get(&settlement.command));
        if let Some(Some(settled)) = settled {
            return Ok(CommitResult::Repeated(settled.clone()));
        }
        self.check(prepared, check)?;

        // From here on nothing can fail.
        let covered: SmallVec<[bool; 2]> = prepared.commit.folds.iter().map(|fold| self.covers(&**fold)).collect();
        let records = self.append(prepared, changes);
        if let Some(restored) = &prepared.commit.restored {
            self.restore(restored, changes);
        }
        self.change(prepared, changes);
        let folded = self.fold(prepared, &covered, &records, changes, check);
        self.prune(&prepared.commit.pruned, changes);
        if let Some(settlement) = &prepared.commit.settlement {
            let mut settlement = settlement.clone();
            settlement.position = self.head;
            self.settlements.insert(settlement.command, Some(settlement.clone()));
            changes.settlements.push(settlement);
        }
        Ok(CommitResult::Committed(Committed { records, head: self.head, folded }))
    }

    fn check(&self, prepared: &Prepared, check: &RowCheck<'_>) -> Result<(), Error> {
        let commit = &prepared.commit;
        commit.rows.iter().try_for_each(check)?;
        commit.check()?;
        if let Some(restored) = &commit.restored {
            let next = |stream: &_| self.streams.get(stream).copied().flatten().map_or(0, |version| version + 1);
            restored.continues(self.head, self.time, next)?;
        }
        for append in &commit.appends {
            let actual = self.streams.get(&append.stream).copied().flatten();
            if !append.expected.holds(actual) {
                return Err(Error::conflict(Conflict { stream: append.stream.clone(), expected: append.expected, actual }));
            }
        }
        self.check_checkpoints(&commit.checkpoints)
    }

    fn check_checkpoints(&self, moves: &[CheckpointMove]) -> Result<(), Error> {
        for moved in moves {
            moved.check(self.checkpoints.get(&moved.subscription).copied().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Whether a projector has handled all that is stored of its interest, and has nothing parked.
    fn covers(&self, fold: &dyn Fold) -> bool {
        let checkpoint = self.checkpoints.get(fold.subscription()).copied().unwrap_or_default();
        let parked = self.parked.get(fold.subscription()).is_none_or(|parked| !parked.is_empty());
        let last = || fold.interest().types.iter().map(|name| self.types.get(name).copied().unwrap_or(u64::MAX)).max();
        !parked && (checkpoint == self.head || last().is_none_or(|last| last <= checkpoint))
    }

    fn append(&mut self, prepared: &mut Prepared, changes: &mut Changes) -> SmallVec<[Arc<Recorded>; 1]> {
        let mut stored = SmallVec::new();
        for (append, records) in prepared.commit.appends.iter().zip(&mut prepared.records) {
            if records.is_empty() {
                continue;
            }
            self.time = self.time.max(prepared.commit.time);
            let version = self.streams.entry(append.stream.clone()).or_default();
            for record in records {
                self.head += 1;
                let position = version.map_or(0, |version| version + 1);
                *version = Some(position);
                // Nobody else has it, unless a try before this one was given up: then it is copied.
                let metadata = &mut Arc::make_mut(record).metadata;
                metadata.position = position;
                metadata.global_position = self.head;
                metadata.time = self.time;
                match self.types.get_mut(&metadata.type_name) {
                    Some(last) => *last = self.head,
                    None => drop(self.types.insert(metadata.type_name.clone(), self.head)),
                }
                changes.records.push(Arc::clone(record));
                stored.push(Arc::clone(record));
            }
        }
        stored
    }

    fn restore(&mut self, restored: &Restored, changes: &mut Changes) {
        for record in &restored.records {
            let metadata = &record.metadata;
            self.head = metadata.global_position;
            self.time = metadata.time;
            self.streams.insert(metadata.stream.clone(), Some(metadata.position));
            self.types.insert(metadata.type_name.clone(), self.head);
            changes.records.push(Arc::clone(record));
        }
        for settlement in &restored.settlements {
            if !matches!(self.settlements.get(&settlement.command), Some(Some(_))) {
                self.settlements.insert(settlement.command, Some(settlement.clone()));
                changes.settlements.push(settlement.clone());
            }
        }
    }

    /// What is known to be another settlement, or none, stays; what is not known is left to the condition the store removes it under.
    fn prune(&mut self, pruned: &[PrunedSettlement], changes: &mut Changes) {
        for entry in pruned {
            match self.settlements.get_mut(&entry.command) {
                Some(known) if known.as_ref().is_none_or(|settlement| settlement.position != entry.position) => continue,
                Some(known) => *known = None,
                None => {}
            }
            changes.pruned.push(*entry);
        }
    }

    fn change(&mut self, prepared: &Prepared, changes: &mut Changes) {
        let commit = &prepared.commit;
        for change in &commit.rows {
            self.change_row(change, changes);
        }
        for change in &commit.tables {
            if let TableChange::Promote(table) = change {
                self.rows.retain(|(name, _), _| *name != table.name);
            }
            changes.exchanged.push(*change);
        }
        for moved in &commit.checkpoints {
            self.move_checkpoint(&moved.subscription, moved.to, changes);
        }
        for change in &commit.parked {
            let (subscription, position, is_put) = match change {
                ParkedChange::Put(parked) => (&parked.subscription, parked.position, true),
                ParkedChange::Remove { subscription, position } => (subscription, *position, false),
            };
            if let Some(parked) = self.parked.get_mut(subscription) {
                match is_put {
                    true => parked.insert(position),
                    false => parked.remove(&position),
                };
            }
            changes.park(change);
        }
    }

    fn change_row(&mut self, change: &RowChange, changes: &mut Changes) {
        if let Some((table, key, row)) = changes.change_row(change) {
            self.rows.insert((table.name, key), row);
        }
    }

    fn move_checkpoint(&mut self, subscription: &Arc<str>, to: u64, changes: &mut Changes) {
        match self.checkpoints.get_mut(subscription) {
            Some(checkpoint) => *checkpoint = to,
            None => drop(self.checkpoints.insert(Arc::clone(subscription), to)),
        }
        match changes.checkpoints.get_mut(subscription) {
            Some(checkpoint) => *checkpoint = to,
            None => drop(changes.checkpoints.insert(Arc::clone(subscription), to)),
        }
    }

    /// Lets the projectors that are that far follow. Gives the places of those that did.
    fn fold(
        &mut self,
        prepared: &Prepared,
        covered: &[bool],
        records: &[Arc<Recorded>],
        changes: &mut Changes,
        check: &RowCheck<'_>,
    ) -> SmallVec<[usize; 1]> {
        let mut folded = SmallVec::new();
        for (place, fold) in prepared.commit.folds.iter().enumerate().filter(|(place, _)| covered[*place]) {
            let types = &fold.interest().types;
            let of_interest: SmallVec<[Arc<Recorded>; 1]> =
                records.iter().filter(|record| types.contains(&record.metadata.type_name)).cloned().collect();
            let Some(last) = of_interest.last().map(|record| record.metadata.global_position) else { continue };
            let mut stored = |table: &'static Table, key: &Key| match self.rows.get(&(table.name, key.clone())) {
                Some(row) => Ok(row.clone()),
                None => Err(Error::invalid(format!("a row of read model `{}` was not asked for ahead", table.name))),
            };
            let Ok(rows) = fold.fold(&of_interest, &mut stored) else { continue };
            if rows.iter().try_for_each(check).is_err() {
                continue;
            }
            for change in &rows {
                self.change_row(change, changes);
            }
            self.move_checkpoint(fold.subscription(), last, changes);
            folded.push(place);
        }
        folded
    }
}
