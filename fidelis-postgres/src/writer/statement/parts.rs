//! What of a batch has to be put in order before it can be written.

use fidelis_core::{
    projection::{Key, Row, Table},
    store::{Outcome, Parked},
};
use fidelis_sql::batch::{Changes, TableRows};
use uuid::Uuid;

use super::signed;
use crate::bounds;

/// What of a batch has to be put in order before it can be written.
#[derive(Default)]
pub(crate) struct Parts<'a> {
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
