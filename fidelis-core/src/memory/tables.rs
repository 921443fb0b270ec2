//! Read models: a map from key to row per table, live and staged.

use std::{
    hash::{Hash, Hasher},
    mem,
};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    Error,
    projection::{Key, Row, Selection, Table, evaluate},
    store::{RowChange, Selected, TableChange},
};

pub(super) type Rows = FxHashMap<Key, Row>;

/// What is hashed, as bytes: a row is short, and hashed at once.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        xxh3_128(&self.0) as u64
    }
}

#[derive(Clone, Default)]
pub(super) struct Tables {
    by_name: FxHashMap<&'static str, Prepared>,
}

#[derive(Clone)]
struct Prepared {
    table: &'static Table,
    live: Rows,
    staged: Rows,
}

impl Prepared {
    fn rows_mut(&mut self, staged: bool) -> &mut Rows {
        if staged { &mut self.staged } else { &mut self.live }
    }

    fn put(&mut self, row: Row, staged: bool) {
        let key = self.table.key_of(&row);
        self.rows_mut(staged).insert(key, row);
    }
}

impl Tables {
    pub(super) fn prepare(&mut self, tables: &[&'static Table]) -> Result<(), Error> {
        for table in tables {
            table.check()?;
            if self.by_name.get(table.name).is_some_and(|prepared| prepared.table != *table) {
                let message =
                    format!("read model `{}` does not fit the table of that name: its columns or its key differ", table.name);
                return Err(Error::invalid(message));
            }
        }
        for &table in tables {
            let fresh = || Prepared { table, live: Rows::default(), staged: Rows::default() };
            self.by_name.entry(table.name).or_insert_with(fresh);
        }
        Ok(())
    }

    /// Whether every change can be made.
    pub(super) fn check(&self, rows: &[RowChange], tables: &[TableChange]) -> Result<(), Error> {
        for change in rows {
            match change {
                RowChange::Put { table, row, .. } => self.prepared(table)?.table.check_row(row)?,
                RowChange::Delete { table, key, .. } => self.prepared(table)?.table.check_key(key)?,
            }
        }
        for TableChange::Stage(table) | TableChange::Promote(table) in tables {
            self.prepared(table)?;
        }
        Ok(())
    }

    /// Checks changes of rows, then makes them.
    pub(super) fn change(&mut self, mut rows: SmallVec<[RowChange; 1]>) -> Result<(), Error> {
        // One row is the usual case: its table is looked up once.
        if let [RowChange::Put { table, .. }] = &rows[..]
            && let Some(prepared) = self.by_name.get_mut(table.name)
            && let Some(RowChange::Put { row, staged, .. }) = rows.pop()
        {
            prepared.table.check_row(&row)?;
            prepared.put(row, staged);
            return Ok(());
        }
        self.check(&rows, &[])?;
        self.apply(rows, &[], &mut Vec::new());
        Ok(())
    }

    /// Makes changes that were checked.
    pub(super) fn apply(&mut self, rows: impl IntoIterator<Item = RowChange>, tables: &[TableChange], replaced: &mut Vec<Rows>) {
        for change in rows {
            match change {
                RowChange::Put { table, row, staged } => self.prepared_mut(table).put(row, staged),
                RowChange::Delete { table, key, staged } => {
                    self.prepared_mut(table).rows_mut(staged).remove(&key);
                }
            }
        }
        for change in tables {
            replaced.push(match change {
                TableChange::Stage(table) => mem::take(&mut self.prepared_mut(table).staged),
                TableChange::Promote(table) => {
                    let prepared = self.prepared_mut(table);
                    mem::replace(&mut prepared.live, mem::take(&mut prepared.staged))
                }
            });
        }
    }

    fn prepared_mut(&mut self, table: &Table) -> &mut Prepared {
        self.by_name.get_mut(table.name).expect("changes are checked before they are made")
    }

    fn prepared(&self, table: &Table) -> Result<&Prepared, Error> {
        self.by_name
            .get(table.name)
            .ok_or_else(|| Error::invalid(format!("read model `{}` has no table: prepare it when the engine starts", table.name)))
    }

    /// The live rows, but those of one table, as a number that does not depend on the order in which they came.
    pub(super) fn fingerprint(&self, but: &Table) -> u128 {
        let mut bytes = Bytes::default();
        let mut sum = 0_u128;
        for (name, prepared) in self.by_name.iter().filter(|(name, _)| **name != but.name) {
            for row in prepared.live.values() {
                bytes.0.clear();
                name.hash(&mut bytes);
                row.values().hash(&mut bytes);
                sum = sum.wrapping_add(xxh3_128(&bytes.0));
            }
        }
        sum
    }

    pub(super) fn row(&self, table: &Table, key: &Key, staged: bool) -> Result<Option<Row>, Error> {
        let prepared = self.prepared(table)?;
        prepared.table.check_key(key)?;
        let rows = if staged { &prepared.staged } else { &prepared.live };
        Ok(rows.get(key).cloned())
    }

    pub(super) fn select(&self, selection: &Selection) -> Result<Selected, Error> {
        let rows = &self.prepared(selection.table)?.live;
        selection.check()?;
        let fits = |row: &&Row| match &selection.condition {
            None => true,
            Some(condition) => evaluate::holds(condition, row.values()),
        };
        let mut fitting: Vec<&Row> = rows.values().filter(fits).collect();
        let total = selection.count.then_some(fitting.len() as u64);

        let by_order = |one: &&Row, other: &&Row| evaluate::compare_rows(selection, one.values(), other.values());
        let [start, end] = [selection.offset, selection.offset.saturating_add(selection.limit)]
            .map(|bound| usize::try_from(bound).map_or(fitting.len(), |bound| bound.min(fitting.len())));
        if start == end {
            return Ok(Selected { rows: Vec::new(), total });
        }
        if end < fitting.len() {
            // What is behind the page need not be sorted.
            fitting.select_nth_unstable_by(end, by_order);
            fitting.truncate(end);
        }
        fitting.sort_unstable_by(by_order);
        Ok(Selected { rows: fitting[start..].iter().copied().cloned().collect(), total })
    }
}
