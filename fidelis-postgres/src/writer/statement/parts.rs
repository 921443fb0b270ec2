//! What of a batch has to be put in order before it can be written.

use std::sync::Arc;

use fidelis_core::{
    Metadata, Recorded,
    projection::{Key, Row, Table},
    store::{Outcome, Parked},
};
use fidelis_sql::batch::{Changes, TableRows};
use uuid::Uuid;

use super::signed;
use crate::{bounds, values::microseconds};

/// What of a batch has to be put in order before it can be written.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    /// Columns of records that are null in all of them.
    pub(super) absent: Absent,
    records: Count,
    pruned: Count,
    pub(super) rows: Vec<RowParts<'a>>,
    pub(super) checkpoints: Vec<(&'a str, u64)>,
    pub(super) parked: Vec<&'a Parked>,
    pub(super) taken_back: Vec<(&'a str, u64)>,
    pub(super) settlements: Vec<Settled>,
}

/// What changes in one table.
pub(super) struct RowParts<'a> {
    pub(super) table: &'static Table,
    pub(super) staged: bool,
    pub(super) put: Vec<&'a Row>,
    pub(super) deleted: Vec<&'a Key>,
}

/// A command that is settled, as its columns.
pub(super) struct Settled {
    pub(super) command: Uuid,
    pub(super) fingerprint: Option<i64>,
    pub(super) position: i64,
    pub(super) accepted: bool,
    pub(super) answer: Option<String>,
}

impl<'a> Parts<'a> {
    pub(crate) fn new(changes: &'a Changes) -> Self {
        let mut parts = Parts {
            absent: Absent::of(&changes.records),
            records: Count::of(&changes.records),
            pruned: Count::of(&changes.pruned),
            rows: changes.tables.iter().map(RowParts::new).collect(),
            checkpoints: changes.checkpoints.iter().map(|(subscription, position)| (&**subscription, *position)).collect(),
            ..Parts::default()
        };
        for ((subscription, position), parked) in &changes.parked {
            match parked {
                Some(parked) => parts.parked.push(parked),
                None => parts.taken_back.push((subscription, *position)),
            }
        }
        for settlement in &changes.settlements {
            let (accepted, answer) = match &settlement.outcome {
                Outcome::Accepted(answer) => (true, answer.as_deref().map(str::to_owned)),
                Outcome::Rejected(rejection) => {
                    (false, Some(serde_json::to_string(rejection).expect("a rejection is a map of texts")))
                }
            };
            parts.settlements.push(Settled {
                command: settlement.command.uuid(),
                fingerprint: settlement.fingerprint.map(u64::cast_signed),
                position: signed(settlement.position),
                accepted,
                answer,
            });
        }
        parts
    }
}

impl Parts<'_> {
    /// What of it decides the text of the statement.
    pub(super) fn shape(&self) -> Shape {
        let counts = [
            self.records,
            Count::of(&self.checkpoints),
            Count::of(&self.parked),
            Count::of(&self.taken_back),
            Count::of(&self.settlements),
            self.pruned,
        ];
        let of_rows = |rows: &RowParts<'_>| (rows.table.name, rows.staged, Count::of(&rows.put), Count::of(&rows.deleted));
        Shape { absent: self.absent, counts, rows: self.rows.iter().map(of_rows).collect() }
    }
}

/// What decides the text of a statement. Within one store a table's name stands for its columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    absent: Absent,
    counts: [Count; 6],
    rows: Vec<(&'static str, bool, Count, Count)>,
}

/// How many there are, as far as it decides the text of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Count {
    #[default]
    None,
    One,
    Several,
}

impl Count {
    fn of<T>(all: &[T]) -> Self {
        match all.len() {
            0 => Count::None,
            1 => Count::One,
            _ => Count::Several,
        }
    }
}

/// Which columns of records are null in all of them: they are not written at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Absent {
    nanoseconds: bool,
    causation_id: bool,
    process: bool,
    extensions: bool,
}

impl Absent {
    fn of(records: &[Arc<Recorded>]) -> Self {
        let none = |is_there: fn(&Metadata) -> bool| !records.iter().any(|record| is_there(&record.metadata));
        Absent {
            nanoseconds: none(|metadata| microseconds(metadata.time).1 != 0),
            causation_id: none(|metadata| metadata.origin.causation_id.is_some()),
            process: none(|metadata| metadata.origin.process.is_some()),
            extensions: none(|metadata| metadata.origin.extensions.is_some()),
        }
    }

    pub(super) fn has(self, column: &str) -> bool {
        match column {
            "nanoseconds" => self.nanoseconds,
            "causation_id" => self.causation_id,
            "process" | "process_category" => self.process,
            "extensions" => self.extensions,
            _ => false,
        }
    }
}

impl<'a> RowParts<'a> {
    fn new(changed: &'a TableRows) -> Self {
        let mut parts = RowParts { table: changed.table, staged: changed.staged, put: Vec::new(), deleted: Vec::new() };
        for (key, row) in &changed.rows {
            match row {
                Some(row) => parts.put.push(row),
                None if bounds::can_be_there(changed.table, key) => parts.deleted.push(key),
                None => {}
            }
        }
        parts
    }
}
