//! What a store is, said as simply as possible and without a thought of speed.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    ErrorKind, MessageId, Metadata, Recorded, StreamName,
    projection::{Key, Row, Selection, Table, evaluate},
    store::{Commit, Direction, PageLimit, Parked, ParkedChange, ReadFrom, RowChange, Selected, Settlement, TableChange},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Reference {
    log: Vec<Arc<Recorded>>,
    /// By table and whether it is staged.
    rows: BTreeMap<(&'static str, bool), BTreeMap<Key, Row>>,
    checkpoints: BTreeMap<Arc<str>, u64>,
    parked: BTreeMap<(Arc<str>, u64), Parked>,
    settlements: BTreeMap<MessageId, Settlement>,
}

/// What became of a commit.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Committed(Vec<Arc<Recorded>>, u64),
    Repeated(Settlement),
    Refused(ErrorKind),
}

impl Reference {
    /// Does it on a copy, and keeps the copy if nothing was wrong.
    pub(super) fn commit(&mut self, commit: &Commit) -> Answer {
        if let Some(settled) = commit.settlement.as_ref().and_then(|settlement| self.settlement(settlement.command)) {
            return Answer::Repeated(settled);
        }
        let mut after = self.clone();
        if let Err(kind) = after.try_commit(commit) {
            return Answer::Refused(kind);
        }
        let records = after.log[self.log.len()..].to_vec();
        *self = after;
        Answer::Committed(records, self.head())
    }

    fn try_commit(&mut self, commit: &Commit) -> Result<(), ErrorKind> {
        let streams = commit.appends.iter().map(|append| &append.stream);
        if (1..).zip(streams.clone()).any(|(next, stream)| streams.clone().skip(next).any(|other| other == stream)) {
            return Err(ErrorKind::Invalid);
        }
        for append in &commit.appends {
            if !append.expected.holds(self.version(&append.stream)) {
                return Err(ErrorKind::Conflict);
            }
            for record in &append.records {
                let metadata = Metadata {
                    id: record.id,
                    type_name: record.type_name.clone(),
                    kind: record.kind,
                    stream: append.stream.clone(),
                    position: self.version(&append.stream).map_or(0, |version| version + 1),
                    global_position: self.head() + 1,
                    time: self.log.last().map_or(commit.time, |last| last.metadata.time.max(commit.time)),
                    schema_version: record.schema_version,
                    origin: commit.origin.clone(),
                };
                self.log.push(Arc::new(Recorded { metadata, payload: record.payload.clone() }));
            }
        }
        for moved in &commit.checkpoints {
            if self.checkpoint(&moved.subscription) != moved.from {
                return Err(ErrorKind::Conflict);
            }
            self.checkpoints.insert(moved.subscription.clone(), moved.to);
        }
        for change in &commit.rows {
            match change {
                RowChange::Put { table, row, staged } => self.table(table, *staged).insert(table.key_of(row), row.clone()),
                RowChange::Delete { table, key, staged } => self.table(table, *staged).remove(key),
            };
        }
        for change in &commit.tables {
            match change {
                TableChange::Stage(table) => self.table(table, true).clear(),
                TableChange::Promote(table) => *self.table(table, false) = std::mem::take(self.table(table, true)),
            }
        }
        for change in &commit.parked {
            match change {
                ParkedChange::Put(parked) => self.parked.insert((parked.subscription.clone(), parked.position), parked.clone()),
                ParkedChange::Remove { subscription, position } => self.parked.remove(&(subscription.clone(), *position)),
            };
        }
        for pruned in &commit.pruned {
            if self.settlement(pruned.command).is_some_and(|settlement| settlement.position == pruned.position) {
                self.settlements.remove(&pruned.command);
            }
        }
        if let Some(settlement) = &commit.settlement {
            self.settlements.insert(settlement.command, Settlement { position: self.head(), ..settlement.clone() });
        }
        Ok(())
    }

    fn table(&mut self, table: &Table, staged: bool) -> &mut BTreeMap<Key, Row> {
        self.rows.entry((table.name, staged)).or_default()
    }

    pub(super) fn read(&self, from: ReadFrom<'_>, limit: PageLimit) -> Vec<Arc<Recorded>> {
        let (position, direction) = match from {
            ReadFrom::Stream { position, direction, .. }
            | ReadFrom::Category { position, direction, .. }
            | ReadFrom::All { position, direction } => (position, direction),
            ReadFrom::Interest { position, .. } => (position, Direction::Forwards),
        };
        let fits = |metadata: &Metadata| {
            let (found, belongs) = match from {
                ReadFrom::Stream { name, .. } => (metadata.position, metadata.stream == *name),
                ReadFrom::Category { name, .. } => (metadata.global_position, metadata.stream.category() == name),
                ReadFrom::All { .. } => (metadata.global_position, true),
                ReadFrom::Interest { interest, .. } => (metadata.global_position, interest.types.contains(&metadata.type_name)),
            };
            let reached = match direction {
                Direction::Forwards => found >= position,
                Direction::Backwards => found <= position,
            };
            belongs && reached
        };
        let mut records: Vec<_> = self.log.iter().filter(|record| fits(&record.metadata)).collect();
        if direction == Direction::Backwards {
            records.reverse();
        }
        let bytes = |count: usize| records[..count].iter().map(|record| record.payload.len()).sum::<usize>();
        let mut count = records.len().min(1);
        while count < records.len() && count < limit.records && bytes(count + 1) <= limit.bytes {
            count += 1;
        }
        records.into_iter().take(count).cloned().collect()
    }

    pub(super) fn head(&self) -> u64 {
        self.log.len() as u64
    }

    pub(super) fn version(&self, stream: &StreamName) -> Option<u64> {
        self.log.iter().rev().find(|record| record.metadata.stream == *stream).map(|record| record.metadata.position)
    }

    pub(super) fn checkpoint(&self, subscription: &str) -> u64 {
        self.checkpoints.get(subscription).copied().unwrap_or_default()
    }

    pub(super) fn parked(&self, subscription: &str) -> Vec<Parked> {
        self.parked.values().filter(|parked| &*parked.subscription == subscription).cloned().collect()
    }

    pub(super) fn settlement(&self, command: MessageId) -> Option<Settlement> {
        self.settlements.get(&command).cloned()
    }

    pub(super) fn row(&self, table: &Table, key: &Key, staged: bool) -> Option<Row> {
        self.rows.get(&(table.name, staged)).and_then(|rows| rows.get(key)).cloned()
    }

    pub(super) fn select(&self, selection: &Selection) -> Selected {
        let rows = self.rows.get(&(selection.table.name, false));
        let mut rows: Vec<Row> = rows.into_iter().flat_map(BTreeMap::values).cloned().collect();
        rows.retain(|row| selection.condition.as_ref().is_none_or(|condition| evaluate::holds(condition, row.values())));
        rows.sort_by(|one, other| evaluate::compare_rows(selection, one.values(), other.values()));
        let total = selection.count.then_some(rows.len() as u64);
        let rows = rows.into_iter().skip(selection.offset as usize).take(selection.limit as usize).collect();
        Selected { rows, total }
    }
}
