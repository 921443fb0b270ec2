//! Folding events into the rows of a read model: rows and checkpoint in one commit.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Engine,
    delivery::Held,
    fold::{self, Rows},
    panics,
    parking::{ParkedMessages, failed, no_origin, parked, parking_move, report},
};
use crate::{
    Error, ErrorKind, Recorded, StreamName,
    domain::Subscription,
    handler::RowSlot,
    projection::{Key, Row, Table},
    store::{CheckpointMove, Commit, Failure, Parked, ParkedChange},
};

/// How a batch came to its end.
#[derive(PartialEq)]
enum Projected {
    Stored,
    /// Somebody else has moved the checkpoint: what is left of the batch is not this engine's any more.
    Overtaken,
}

/// How many rows are asked for in one question.
const ROWS_AT_ONCE: usize = 2_000;

/// Whether it is for the rows that a commit failed: they panic when they are written, or the store does not take them.
fn is_of_a_row(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Failed | ErrorKind::Invalid)
}

/// For folds whose rows are all loaded before.
fn all_loaded(_: &'static Table, _: &Key) -> Result<Option<Row>, Error> {
    Ok(None)
}

/// A record that a fold could not take.
struct Refused {
    index: usize,
    error: Error,
}

impl Engine {
    /// Lets a projector handle records. Those it cannot handle are parked, with what follows them in their stream.
    pub(super) async fn project(&self, consumer: usize, records: &[Arc<Recorded>], held: Held) -> Result<(), Error> {
        let error = match self.project_at_once(consumer, records, held).await {
            Err(error) if records.len() > 1 && is_of_a_row(&error) => error,
            done => return done.map(drop),
        };
        tracing::debug!(consumer, error = %error.without_payload(), "a batch cannot be stored: its records are handled one by one");
        for record in records {
            let held = self.0.delivery.lock().held(consumer);
            if self.project_at_once(consumer, std::slice::from_ref(record), held).await? == Projected::Overtaken {
                break;
            }
        }
        Ok(())
    }

    /// The same in one commit. A row that cannot be stored refuses the record it comes from when that is alone, else all of them.
    async fn project_at_once(&self, consumer: usize, records: &[Arc<Recorded>], held: Held) -> Result<Projected, Error> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return Ok(Projected::Stored);
        };
        let subscription = &self.0.catalog.subscriptions[consumer];
        // Before the rows are read: whoever moves the checkpoint from here on, also within the commit of a command, makes the
        // commit below fail. And who has moved it past these records already has folded them.
        let (from, revision) = {
            let delivery = self.0.delivery.lock();
            (delivery.checkpoint(consumer), delivery.revision(consumer))
        };
        if first.metadata.global_position <= from {
            return self.overtaken(consumer).await.map(|()| Projected::Overtaken);
        }
        let to = last.metadata.global_position;
        let mut out = SetAside::new(held);
        let mut rows = Rows::new(subscription.table(), false);
        if let Some(refused) = self.fold(subscription, records, &out, &mut rows).await? {
            // What that record left half done is thrown away with all rows.
            out.add(&subscription.name, records, refused, self);
            rows = Rows::new(subscription.table(), false);
            self.fold_with_care(subscription, records, &mut out, &mut rows).await?;
        }
        loop {
            let messages = out.parked(&subscription.name, records);
            let mut commit = Commit::new(last.metadata.time, no_origin());
            commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(&subscription.name), from, to });
            if !messages.is_empty() {
                commit.parked = messages.iter().cloned().map(ParkedChange::Put).collect();
            }
            // Compared in any case: a rebuild that was promoted after the rows were read may have left the checkpoint where it was.
            let parking = parking_move(subscription, revision);
            let to = revision + u64::from(!messages.is_empty());
            commit.checkpoints.push(CheckpointMove { to, ..parking });
            match self.store_rows(subscription, commit, rows).await {
                Ok(()) => {
                    let mut delivery = self.0.delivery.lock();
                    delivery.advanced(consumer, to);
                    if !messages.is_empty() {
                        delivery.parked(consumer, revision, messages);
                    }
                    return Ok(Projected::Stored);
                }
                Err(error) if records.len() == 1 && !out.leaves(0, last) && is_of_a_row(&error) => {
                    out.add(&subscription.name, records, Refused { index: 0, error }, self);
                    rows = Rows::new(subscription.table(), false);
                }
                Err(error) => return self.lost_checkpoint(consumer, error).await.map(|()| Projected::Overtaken),
            }
        }
    }

    async fn store_rows(&self, subscription: &Subscription, mut commit: Commit, rows: Rows) -> Result<(), Error> {
        commit.rows = rows.into_changes(&subscription.name)?.into_vec();
        self.0.store.commit(commit).await.map(drop)
    }

    /// Folds one parked message, and does what `also` says in the same commit. `Ok(Err(..))`: it failed again.
    pub(super) async fn project_parked(
        &self,
        consumer: usize,
        record: &Arc<Recorded>,
        also: impl Fn(&mut Commit),
    ) -> Result<Result<(), Error>, Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        // Whoever folds what follows in other streams, from here on, may change the same rows: then this commit fails.
        let checkpoint = self.0.delivery.lock().checkpoint(consumer);
        let mut rows = Rows::new(subscription.table(), false);
        let records = std::slice::from_ref(record);
        if let Some(refused) = self.fold(subscription, records, &SetAside::new(Held::default()), &mut rows).await? {
            return Ok(Err(refused.error));
        }
        let mut commit = Commit::new(self.now(), no_origin());
        let name = Arc::clone(&subscription.name);
        commit.checkpoints.push(CheckpointMove { subscription: name, from: checkpoint, to: checkpoint });
        also(&mut commit);
        match self.store_rows(subscription, commit, rows).await {
            Err(error) if is_of_a_row(&error) => Ok(Err(error)),
            done => done.map(Ok),
        }
    }

    /// Folds records into rows, except those set aside, up to one that is refused.
    async fn fold(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
        out: &SetAside,
        rows: &mut Rows,
    ) -> Result<Option<Refused>, Error> {
        let all_here = rows.complete || self.load_rows(subscription, records, out, rows).await?;
        for (index, record) in records.iter().enumerate() {
            if out.leaves(index, record) {
                continue;
            }
            let loaded = match all_here {
                true => Ok(None),
                false => self.load_row(subscription, record, rows).await?,
            };
            if let Err(error) = loaded.and_then(|_| fold::one(subscription, record, rows, &mut all_loaded)) {
                return Ok(Some(Refused { index, error }));
            }
        }
        Ok(None)
    }

    /// Loads together the rows that records change. False: one of them cannot be read, and they are to be loaded one by one.
    async fn load_rows(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
        out: &SetAside,
        rows: &mut Rows,
    ) -> Result<bool, Error> {
        if let [_] = records {
            return Ok(false);
        }
        let mut missing = FxHashSet::default();
        for (_, record) in records.iter().enumerate().filter(|(index, record)| !out.leaves(*index, record)) {
            // What cannot even be keyed is refused by the fold, not here.
            if let Ok(Some(Ok(key))) = panics::caught(&subscription.name, || subscription.row_key(record))
                && rows.place(&key).is_none()
            {
                missing.insert(key);
            }
        }
        let keys: Vec<Key> = missing.into_iter().collect();
        for some in keys.chunks(ROWS_AT_ONCE) {
            match self.0.store.rows(rows.table, some, rows.staged).await {
                Ok(stored) => {
                    for (key, row) in some.iter().zip(stored) {
                        rows.add(key.clone(), RowSlot::new(row));
                    }
                }
                Err(error) if is_of_a_row(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// The same for batches in which something is refused: adds that to what is set aside, gives back the row as it was before,
    /// and goes on.
    async fn fold_with_care(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
        out: &mut SetAside,
        rows: &mut Rows,
    ) -> Result<(), Error> {
        for (index, record) in records.iter().enumerate() {
            if out.leaves(index, record) {
                continue;
            }
            let folded = match self.load_row(subscription, record, rows).await? {
                Ok(place) => {
                    let before = place.map(|place| (place, rows.at(place).clone()));
                    let folded = fold::one(subscription, record, rows, &mut all_loaded);
                    if let (Err(_), Some((place, row))) = (&folded, before) {
                        *rows.at(place) = row;
                    }
                    folded
                }
                Err(error) => Err(error),
            };
            if let Err(error) = folded {
                out.add(&subscription.name, records, Refused { index, error }, self);
            }
        }
        Ok(())
    }

    /// Loads the row that a record changes; gives its place. What cannot even be keyed is refused by the fold, not here.
    async fn load_row(
        &self,
        subscription: &Subscription,
        record: &Recorded,
        rows: &mut Rows,
    ) -> Result<Result<Option<usize>, Error>, Error> {
        let Ok(Some(Ok(key))) = panics::caught(&subscription.name, || subscription.row_key(record)) else {
            return Ok(Ok(None));
        };
        if let Some(place) = rows.place(&key) {
            return Ok(Ok(Some(place)));
        }
        match self.0.store.row(rows.table, &key, rows.staged).await {
            Ok(stored) => Ok(Ok(Some(rows.add(key, RowSlot::new(stored))))),
            Err(error) if is_of_a_row(&error) => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Somebody else moved this consumer's checkpoint, or changed what it has parked: go on from there. Any other error goes
    /// back.
    pub(super) async fn lost_checkpoint(&self, consumer: usize, error: Error) -> Result<(), Error> {
        match error.kind() {
            ErrorKind::Conflict => self.overtaken(consumer).await,
            _ => Err(error),
        }
    }

    /// Somebody else is doing this consumer's work: go on from where the store says it is.
    pub(super) async fn overtaken(&self, consumer: usize) -> Result<(), Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let checkpoint = self.0.store.checkpoint(&subscription.name).await?;
        let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
        self.0.delivery.lock().overtaken(consumer, checkpoint, parked);
        Ok(())
    }

    /// Folds records for a rebuild, into rows of the staged table.
    pub(super) async fn fold_staged(
        &self,
        subscription: &Subscription,
        records: &[Arc<Recorded>],
        rows: &mut Rows,
    ) -> Result<(), Error> {
        match self.fold(subscription, records, &SetAside::new(Held::default()), rows).await? {
            None => Ok(()),
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

/// The records of a batch that are not handled now: refused ones, and all that wait behind them or behind earlier ones.
struct SetAside {
    held: Held,
    /// By stream, the record that was refused: nothing behind it is tried.
    refused: FxHashMap<StreamName, (usize, Failure)>,
}

impl SetAside {
    fn new(held: Held) -> Self {
        SetAside { held, refused: FxHashMap::default() }
    }

    fn is_empty(&self) -> bool {
        self.held.is_empty() && self.refused.is_empty()
    }

    fn add(&mut self, subscription: &str, records: &[Arc<Recorded>], refused: Refused, engine: &Engine) {
        let record = &records[refused.index];
        report(subscription, record, &refused.error);
        let failure = failed(engine, None, &refused.error);
        self.refused.insert(record.metadata.stream.clone(), (refused.index, failure));
    }

    fn parked(&self, subscription: &Arc<str>, records: &[Arc<Recorded>]) -> Vec<Parked> {
        if self.is_empty() {
            return Vec::new();
        }
        let left = records.iter().enumerate().filter(|(index, record)| self.leaves(*index, record));
        left.map(|(index, record)| parked(subscription, record, self.failure(index, record))).collect()
    }

    /// Whether a record is not to be handled now.
    fn leaves(&self, index: usize, record: &Recorded) -> bool {
        let stream = &record.metadata.stream;
        !self.is_empty() && (self.held.contains(stream) || self.refused.get(stream).is_some_and(|(refused, _)| *refused <= index))
    }

    fn failure(&self, index: usize, record: &Recorded) -> Option<Failure> {
        let refused = self.refused.get(&record.metadata.stream);
        refused.filter(|(refused, _)| *refused == index).map(|(_, failure)| failure.clone())
    }
}
