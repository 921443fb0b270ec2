//! What a decided batch has to write.

use std::{collections::BTreeMap, sync::Arc};

use fidelis_core::{
    Recorded,
    projection::{Key, Row, Table},
    store::{Parked, ParkedChange, PrunedSettlement, RowChange, Settlement, TableChange},
};
use rustc_hash::FxHashMap;

/// All that the commits of a batch change. What several of them write is in it once, as the last one leaves it.
#[derive(Debug, Default)]
pub struct Changes {
    /// The records to append, in the order of the log.
    pub records: Vec<Arc<Recorded>>,
    /// The rows to write, table by table.
    pub tables: Vec<TableRows>,
    /// Whole tables to empty or exchange, after the rows are written.
    pub exchanged: Vec<TableChange>,
    /// Where checkpoints go.
    pub checkpoints: FxHashMap<Arc<str>, u64>,
    /// Messages to park, by subscription and position; `None`: to take back.
    pub parked: BTreeMap<(Arc<str>, u64), Option<Parked>>,
    /// The settlements to remove, where they still have these positions. To be done before commands are settled.
    pub pruned: Vec<PrunedSettlement>,
    /// The commands that are settled.
    pub settlements: Vec<Settlement>,
}

/// What is to be written to one table.
#[derive(Debug)]
pub struct TableRows {
    /// The table.
    pub table: &'static Table,
    /// Whether it is the staged one.
    pub staged: bool,
    /// The rows to put, by key; `None`: to delete.
    pub rows: FxHashMap<Key, Option<Row>>,
}

impl Changes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.tables.is_empty()
            && self.exchanged.is_empty()
            && self.checkpoints.is_empty()
            && self.parked.is_empty()
            && self.pruned.is_empty()
            && self.settlements.is_empty()
    }

    /// Writes or deletes a row. Gives its table, its key and what stands there then, if it is of a live table.
    pub(super) fn change_row(&mut self, change: &RowChange) -> Option<(&'static Table, Key, Option<Row>)> {
        let (table, staged, key, row) = match change {
            RowChange::Put { table, row, staged } => (*table, *staged, table.key_of(row), Some(row.clone())),
            RowChange::Delete { table, key, staged } => (*table, *staged, key.clone(), None),
        };
        self.rows_of(table, staged).insert(key.clone(), row.clone());
        (!staged).then_some((table, key, row))
    }

    fn rows_of(&mut self, table: &'static Table, staged: bool) -> &mut FxHashMap<Key, Option<Row>> {
        let place = self.tables.iter().position(|rows| rows.staged == staged && rows.table.name == table.name);
        let place = place.unwrap_or_else(|| {
            self.tables.push(TableRows { table, staged, rows: FxHashMap::default() });
            self.tables.len() - 1
        });
        &mut self.tables[place].rows
    }

    pub(super) fn park(&mut self, change: &ParkedChange) {
        match change {
            ParkedChange::Put(parked) => {
                self.parked.insert((Arc::clone(&parked.subscription), parked.position), Some(parked.clone()));
            }
            ParkedChange::Remove { subscription, position } => {
                self.parked.insert((Arc::clone(subscription), *position), None);
            }
        }
    }
}
