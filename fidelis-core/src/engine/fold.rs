//! Folding one event after the other into rows: no I/O, the same within a commit, behind one, and in a rebuild.

use std::{fmt, sync::Arc};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::panics;
use crate::{
    Error, HandlerError, Recorded,
    domain::Subscription,
    handler::RowSlot,
    projection::{Key, Table},
    store::{Fold, Interest, RowChange, RowSource},
};

/// Folds one record into the rows it changes. After an error the rows are not to be used any more.
///
/// All of it is the domain's own code, the decoding of the event and its key included: it may panic, be it within a commit.
pub(super) fn one(
    subscription: &Subscription,
    record: &Recorded,
    rows: &mut Rows,
    stored: &mut RowSource<'_>,
) -> Result<(), Error> {
    panics::caught(&subscription.name, || fold(subscription, record, rows, stored))?
}

fn fold(subscription: &Subscription, record: &Recorded, rows: &mut Rows, stored: &mut RowSource<'_>) -> Result<(), Error> {
    let Some(method) = subscription.projector_method(&record.metadata.type_name) else { return Ok(()) };
    let object = &*subscription.object;
    match method.key {
        None => {
            let mut row = RowSlot::new(None);
            (method.call)(object, record, &mut row).map_err(HandlerError::into_error)?;
            rows.put(row);
            Ok(())
        }
        Some(key) => {
            let key = key(record)?;
            let place = match rows.place(&key) {
                Some(place) => place,
                None => {
                    let row = stored(rows.table, &key)?;
                    rows.add(key, RowSlot::new(row))
                }
            };
            (method.call)(object, record, rows.at(place)).map_err(HandlerError::into_error)
        }
    }
}

impl Fold for Subscription {
    fn subscription(&self) -> &Arc<str> {
        &self.name
    }

    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        if let Ok(Some(Ok(key))) = panics::caught(&self.name, || self.row_key(record)) {
            rows.push((self.table(), key));
        }
    }

    fn fold(&self, records: &[Arc<Recorded>], row: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let mut rows = Rows::new(self.table(), false);
        records.iter().try_for_each(|record| one(self, record, &mut rows, row))?;
        rows.into_changes(&self.name)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The rows a batch changes: loaded once, written once.
pub(super) struct Rows {
    pub(super) table: &'static Table,
    pub(super) staged: bool,
    rows: SmallVec<[(Key, RowSlot); 1]>,
    /// Where each row is, once there are more than a few.
    places: FxHashMap<Key, usize>,
    /// Whether a row that is not here is not stored either: then none is asked for.
    pub(super) complete: bool,
}

/// Up to here, comparing keys one after the other beats hashing them.
const FEW: usize = 8;

impl Rows {
    pub(super) fn new(table: &'static Table, staged: bool) -> Self {
        Rows { table, staged, rows: SmallVec::new(), places: FxHashMap::default(), complete: false }
    }

    pub(super) fn place(&self, key: &Key) -> Option<usize> {
        match self.rows.len() <= FEW {
            true => self.rows.iter().position(|(known, _)| known == key),
            false => self.places.get(key).copied(),
        }
    }

    pub(super) fn add(&mut self, key: Key, row: RowSlot) -> usize {
        let place = self.rows.len();
        if place == FEW {
            self.places = self.rows.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        }
        if place >= FEW {
            self.places.insert(key.clone(), place);
        }
        self.rows.push((key, row));
        place
    }

    pub(super) fn at(&mut self, place: usize) -> &mut RowSlot {
        &mut self.rows[place].1
    }

    /// A row written without having been looked at.
    fn put(&mut self, row: RowSlot) {
        let Some(key) = row.key() else { return };
        match self.place(&key) {
            Some(place) => self.rows[place].1 = row,
            None => drop(self.add(key, row)),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// What is to be written of the rows from this place on, at most so many of them; they stay here.
    pub(super) fn changes(&self, name: &str, from: usize, limit: usize) -> Result<Vec<RowChange>, Error> {
        let Rows { table, staged, rows, .. } = self;
        let (table, staged) = (*table, *staged);
        panics::caught(name, || {
            let changed = rows.iter().skip(from).take(limit).filter(|(_, row)| row.changed());
            changed
                .map(|(key, row)| match row.to_row() {
                    Some(row) => RowChange::Put { table, row, staged },
                    None => RowChange::Delete { table, key: key.clone(), staged },
                })
                .collect()
        })
    }

    /// All that was changed is stored now.
    pub(super) fn settle(&mut self) {
        self.rows.iter_mut().for_each(|(_, row)| row.settle());
    }

    /// What is to be written; `name` is whom a panic is blamed on, for columns may be the domain's own.
    pub(super) fn into_changes(self, name: &str) -> Result<SmallVec<[RowChange; 1]>, Error> {
        panics::caught(name, || self.all_changes())
    }

    fn all_changes(self) -> SmallVec<[RowChange; 1]> {
        let Rows { table, staged, rows, .. } = self;
        let mut changes = SmallVec::new();
        for (key, row) in rows {
            if row.changed() {
                changes.push(match row.into_row() {
                    Some(row) => RowChange::Put { table, row, staged },
                    None => RowChange::Delete { table, key, staged },
                });
            }
        }
        changes
    }
}
