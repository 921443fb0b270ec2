//! Folding events into the rows of a read model: rows and checkpoint in one commit.

use std::sync::Arc;

use super::{
    Engine,
    delivery::Held,
    fold::{self, Rows},
    parking::{ParkedMessages, failed, no_origin, parked, parking_move, report},
};
use crate::{
    Error, ErrorKind, Recorded,
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
                Some(refused) => out.add(&subscription.name, records, refused, self),
            }
        };
        let to = last.metadata.global_position;
        let (from, revision) = {
            let delivery = self.0.delivery.lock();
            (delivery.checkpoint(consumer), delivery.revision(consumer))
        };
        let mut commit = Commit::new(last.metadata.time, no_origin());
        commit.rows = rows.into_changes().into_vec();
        commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(&subscription.name), from, to });
        let messages = out.parked(&subscription.name, records);
        if !messages.is_empty() {
            commit.parked = messages.iter().cloned().map(ParkedChange::Put).collect();
            commit.checkpoints.push(parking_move(subscription, revision));
        }
        match self.0.store.commit(commit).await {
            Ok(_) => {
                let mut delivery = self.0.delivery.lock();
                delivery.advanced(consumer, to);
                if !messages.is_empty() {
                    delivery.parked(consumer, revision, messages);
                }
                Ok(())
            }
            Err(error) => self.lost_checkpoint(consumer, error).await,
        }
    }

    /// Folds one parked message, and does what `also` says in the same commit. `Ok(Err(..))`: it failed again.
    pub(super) async fn project_parked(
        &self,
        consumer: usize,
        record: &Arc<Recorded>,
        also: impl Fn(&mut Commit),
    ) -> Result<Result<(), Error>, Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let mut rows = Rows::new(subscription.table(), false);
        let records = std::slice::from_ref(record);
        if let Some(refused) = self.fold(subscription, records, &SetAside::new(Held::default()), &mut rows).await? {
            return Ok(Err(refused.error));
        }
        let mut commit = Commit::new(self.now(), no_origin());
        commit.rows = rows.into_changes().into_vec();
        also(&mut commit);
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
            if out.leaves(records, index) {
                continue;
            }
            // What cannot even be keyed is refused by the fold, not here.
            if let Some(Ok(key)) = subscription.row_key(record)
                && rows.place(&key).is_none()
            {
                let stored = self.0.store.row(rows.table, &key, rows.staged).await?;
                rows.add(key, RowSlot::new(stored));
            }
            let mut all_loaded = |_: &'static Table, _: &Key| Ok(None);
            if let Err(error) = fold::one(subscription, record, rows, &mut all_loaded) {
                return Ok(Some(Refused { index, error }));
            }
        }
        Ok(None)
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
    ) -> Result<Vec<RowChange>, Error> {
        let mut rows = Rows::new(subscription.table(), true);
        match self.fold(subscription, records, &SetAside::new(Held::default()), &mut rows).await? {
            None => Ok(rows.into_changes().into_vec()),
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
    refused: Vec<(usize, Failure)>,
}

impl SetAside {
    fn new(held: Held) -> Self {
        SetAside { held, refused: Vec::new() }
    }

    fn holds(&self, record: &Recorded) -> bool {
        !self.held.is_empty() && self.held.contains(&record.metadata.stream)
    }

    fn add(&mut self, subscription: &str, records: &[Arc<Recorded>], refused: Refused, engine: &Engine) {
        let record = &records[refused.index];
        report(subscription, record, &refused.error);
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

    /// Whether a record is not to be handled now.
    fn leaves(&self, records: &[Arc<Recorded>], index: usize) -> bool {
        self.holds(&records[index]) || self.waits(records, index) || self.refused.iter().any(|(refused, _)| *refused == index)
    }

    fn waits(&self, records: &[Arc<Recorded>], index: usize) -> bool {
        self.refused
            .iter()
            .any(|(refused, _)| *refused < index && records[*refused].metadata.stream == records[index].metadata.stream)
    }
}
