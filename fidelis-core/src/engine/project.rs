//! Folding events into the rows of a read model: rows and checkpoint in one commit.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::{
    Engine,
    delivery::Held,
    panics,
    parking::{failed, no_origin, parked},
};
use crate::{
    Error, ErrorKind, HandlerError, Recorded,
    domain::Subscription,
    handler::RowSlot,
    projection::{Key, Table},
    store::{CheckpointMove, Commit, Failure, Parked, ParkedChange, RowChange},
};

/// A record that a fold could not take.
struct Refused {
    index: usize,
    error: Error,
}

impl Engine {
    /// Lets a projector handle records. Those it cannot handle are parked, with what follows them in their stream.
    pub(super) async fn project(&self, consumer: usize, records: &[Arc<Recorded>], held: Held) -> Result<(), Error> {
        let Some(last) = records.last() else {
            return Ok(());
        };
        let subscription = &self.0.catalog.subscriptions[consumer];
        let mut out = SetAside::new(held);
        let rows = loop {
            let mut rows = Rows::new(subscription.table(), false);
            match self.fold(subscription, records, &out, &mut rows).await? {
                None => break rows,
                // What the fold left half done is thrown away with its rows: begin again without that record.
                Some(refused) => out.add(records, refused, self),
            }
        };
        let to = last.metadata.global_position;
        let from = self.0.delivery.lock().checkpoint(consumer);
        let mut commit = Commit::new(last.metadata.time, no_origin());
        commit.rows = rows.into_changes();
        commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(&subscription.name), from, to });
        let messages = out.parked(&subscription.name, records);
        commit.parked = messages.iter().cloned().map(ParkedChange::Put).collect();
        match self.0.store.commit(commit).await {
            Ok(_) => {
                let mut delivery = self.0.delivery.lock();
                delivery.advanced(consumer, to);
                delivery.parked(consumer, messages);
                Ok(())
            }
            Err(error) => self.lost_checkpoint(consumer, error).await,
        }
    }

    /// Folds one parked message. `Ok(Err(..))`: it failed again.
    pub(super) async fn project_parked(&self, consumer: usize, record: &Arc<Recorded>) -> Result<Result<(), Error>, Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let mut rows = Rows::new(subscription.table(), false);
        let records = std::slice::from_ref(record);
        if let Some(refused) = self.fold(subscription, records, &SetAside::new(Held::default()), &mut rows).await? {
            return Ok(Err(refused.error));
        }
        let mut commit = Commit::new(self.now(), no_origin());
        commit.rows = rows.into_changes();
        let position = record.metadata.global_position;
        commit.parked.push(ParkedChange::Remove { subscription: Arc::clone(&subscription.name), position });
        self.0.store.commit(commit).await?;
        Ok(Ok(()))
    }

    /// Folds records into rows, except those set aside, up to one that is refused.
    async fn fold(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
        out: &SetAside,
        rows: &mut Rows,
    ) -> Result<Option<Refused>, Error> {
        for (index, record) in records.iter().enumerate() {
            if out.holds(record) || out.waits(records, index) || out.refuses(index) {
                continue;
            }
            let Some(method) = subscription.projector_method(&record.metadata.type_name) else {
                continue;
            };
            let folded = match method.key.map(|key| key(record)) {
                None => {
                    let mut row = RowSlot::new(None);
                    let called = panics::caught(&subscription.name, || (method.call)(&*subscription.object, record, &mut row));
                    flat(called).map(|()| rows.put(row))
                }
                Some(Err(error)) => Err(error),
                Some(Ok(key)) => {
                    let row = rows.load(self, key).await?;
                    flat(panics::caught(&subscription.name, || (method.call)(&*subscription.object, record, row)))
                }
            };
            if let Err(error) = folded {
                return Ok(Some(Refused { index, error }));
            }
        }
        Ok(None)
    }

    /// Somebody else moved this consumer's checkpoint: go on from there. Any other error goes back.
    pub(super) async fn lost_checkpoint(&self, consumer: usize, error: Error) -> Result<(), Error> {
        if error.kind() != ErrorKind::Conflict {
            return Err(error);
        }
        let checkpoint = self.0.store.checkpoint(&self.0.catalog.subscriptions[consumer].name).await?;
        self.0.delivery.lock().abandoned(consumer, Some(checkpoint));
        Ok(())
    }

    /// Folds records for a rebuild, into rows of the staged table.
    pub(super) async fn fold_staged(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
    ) -> Result<Vec<RowChange>, Error> {
        let mut rows = Rows::new(subscription.table(), true);
        match self.fold(subscription, records, &SetAside::new(Held::default()), &mut rows).await? {
            None => Ok(rows.into_changes()),
            Some(refused) => {
                let at = &records[refused.index].metadata;
                let text = format!(
                    "`{}` cannot handle `{}` at position {} of the log",
                    subscription.name, at.type_name, at.global_position
                );
                Err(Error::failed(text, refused.error))
            }
        }
    }
}

fn flat(called: Result<Result<(), HandlerError>, Error>) -> Result<(), Error> {
    called?.map_err(HandlerError::into_error)
}

/// The records of a batch that are not handled now: refused ones, and all that wait behind them or behind earlier ones.
struct SetAside {
    held: Held,
    refused: Vec<(usize, Failure)>,
}

impl SetAside {
    fn new(held: Held) -> Self {
        SetAside { held, refused: Vec::new() }
    }

    fn holds(&self, record: &Recorded) -> bool {
        !self.held.is_empty() && self.held.contains(&record.metadata.stream)
    }

    fn add(&mut self, records: &[Arc<Recorded>], refused: Refused, engine: &Engine) {
        let record = &records[refused.index];
        tracing::warn!(
            position = record.metadata.global_position,
            stream = %record.metadata.stream,
            message = %record.metadata.type_name,
            error = %refused.error,
            "a consumer could not handle a message; it is set aside with what follows it in its stream"
        );
        self.refused.push((refused.index, failed(engine, None, &refused.error)));
    }

    fn parked(self, subscription: &Arc<str>, records: &[Arc<Recorded>]) -> Vec<Parked> {
        let mut messages = Vec::new();
        if self.held.is_empty() && self.refused.is_empty() {
            return messages;
        }
        for (index, record) in records.iter().enumerate() {
            let failure = self.refused.iter().find(|(refused, _)| *refused == index).map(|(_, failure)| failure.clone());
            if failure.is_some() || self.holds(record) || self.waits(records, index) {
                messages.push(parked(subscription, record, failure));
            }
        }
        messages
    }

    fn refuses(&self, index: usize) -> bool {
        self.refused.iter().any(|(refused, _)| *refused == index)
    }

    fn waits(&self, records: &[Arc<Recorded>], index: usize) -> bool {
        self.refused
            .iter()
            .any(|(refused, _)| *refused < index && records[*refused].metadata.stream == records[index].metadata.stream)
    }
}

/// The rows a batch changes: loaded once, written once.
struct Rows {
    table: &'static Table,
    staged: bool,
    rows: SmallVec<[(Key, RowSlot); 1]>,
    /// Where each row is, once there are more than a few.
    places: FxHashMap<Key, usize>,
}

/// Up to here, comparing keys one after the other beats hashing them.
const FEW: usize = 8;

impl Rows {
    fn new(table: &'static Table, staged: bool) -> Self {
        Rows { table, staged, rows: SmallVec::new(), places: FxHashMap::default() }
    }

    fn place(&self, key: &Key) -> Option<usize> {
        match self.rows.len() <= FEW {
            true => self.rows.iter().position(|(known, _)| known == key),
            false => self.places.get(key).copied(),
        }
    }

    fn add(&mut self, key: Key, row: RowSlot) -> usize {
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

    /// A row written without having been looked at.
    fn put(&mut self, row: RowSlot) {
        let Some(key) = row.key() else { return };
        match self.place(&key) {
            Some(place) => self.rows[place].1 = row,
            None => drop(self.add(key, row)),
        }
    }

    async fn load(&mut self, engine: &Engine, key: Key) -> Result<&mut RowSlot, Error> {
        let place = match self.place(&key) {
            Some(place) => place,
            None => {
                let stored = engine.0.store.row(self.table, &key, self.staged).await?;
                self.add(key, RowSlot::new(stored))
            }
        };
        Ok(&mut self.rows[place].1)
    }

    fn into_changes(self) -> Vec<RowChange> {
        let Rows { table, staged, rows, .. } = self;
        let changed = rows.into_iter().filter(|(_, row)| row.changed());
        changed
            .map(|(key, row)| match row.into_row() {
                Some(row) => RowChange::Put { table, row, staged },
                None => RowChange::Delete { table, key, staged },
            })
            .collect()
    }
}
