//! Handing events to event handlers, one at a time: what a handler saves is stored with its checkpoint.

use std::sync::Arc;

use super::{
    Context, Engine,
    append::Identities,
    context::Issuer,
    delivery::Held,
    panics,
    parking::{failed, parked, parking_move, report},
};
use crate::{
    Error, HandlerError, Origin, Recorded,
    domain::Consumer,
    handler::HandlerInstance,
    store::{CheckpointMove, Commit, CommitResult, Direction, Failure, PageLimit, Parked, ParkedChange, ReadFrom},
};

impl Engine {
    /// Lets an event handler handle records. Those it cannot handle are parked, with what follows them in their stream.
    pub(super) async fn react(&self, consumer: usize, records: &[Arc<Recorded>], mut held: Held) -> Result<(), Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        // What another engine has handled is not handled again: its effects outside cannot be taken back by a conflict.
        let known = self.0.delivery.lock().checkpoint(consumer);
        if self.moved_by_other(consumer, known).await? {
            return self.overtaken(consumer).await;
        }
        for record in records {
            let to = record.metadata.global_position;
            let from = self.0.delivery.lock().checkpoint(consumer);
            let checkpoint = CheckpointMove { subscription: Arc::clone(&subscription.name), from, to };
            let message = match held.contains(&record.metadata.stream) {
                true => Some(parked(&subscription.name, record, None)),
                false => match self.call(consumer, record, |commit| commit.checkpoints.push(checkpoint.clone())).await {
                    Ok(Called::Stored) => None,
                    Ok(Called::Failed(_)) if self.moved_by_other(consumer, from).await? => return self.overtaken(consumer).await,
                    Ok(Called::Failed(error)) => {
                        Arc::make_mut(&mut held).insert(record.metadata.stream.clone());
                        let failure = failed(self, None, &error);
                        report(&subscription.name, record, &error);
                        Some(parked(&subscription.name, record, Some(failure)))
                    }
                    Err(error) => return self.lost_checkpoint(consumer, error).await,
                },
            };
            if let Some(message) = message {
                let mut commit = Commit::new(self.now(), origin_of(record));
                let revision = self.0.delivery.lock().revision(consumer);
                commit.checkpoints.extend([checkpoint, parking_move(subscription, revision)]);
                commit.parked.push(ParkedChange::Put(message.clone()));
                if let Err(error) = self.0.store.commit(commit).await {
                    return self.lost_checkpoint(consumer, error).await;
                }
                self.0.delivery.lock().parked(consumer, revision, [message]);
            }
            self.0.delivery.lock().advanced(consumer, to);
        }
        Ok(())
    }

    /// Tries the parked messages of one stream again, in their order, until one fails.
    pub(super) async fn retry(&self, consumer: usize, messages: Vec<Parked>, revision: u64) -> Result<(), Error> {
        match self.retry_each(consumer, messages, revision).await {
            Err(error) => self.lost_checkpoint(consumer, error).await,
            done => done,
        }
    }

    async fn retry_each(&self, consumer: usize, messages: Vec<Parked>, mut revision: u64) -> Result<(), Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        if self.0.store.checkpoint(&subscription.parking).await? != revision {
            return self.overtaken(consumer).await;
        }
        if let Consumer::Process(_) = subscription.consumer {
            return self.retry_steps(consumer, messages, revision).await;
        }
        for message in messages {
            let position = message.position;
            let from = ReadFrom::All { position, direction: Direction::Forwards };
            let page = self.0.store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?;
            let Some(record) = page.into_iter().next().filter(|record| record.metadata.global_position == position) else {
                return Err(Error::not_found(format!("the log has nothing at position {position}, where a message was parked")));
            };
            let remove = |commit: &mut Commit| {
                commit.parked.push(ParkedChange::Remove { subscription: Arc::clone(&subscription.name), position });
                commit.checkpoints.push(parking_move(subscription, revision));
            };
            let handled = match subscription.consumer {
                Consumer::Projector(_) => self.project_parked(consumer, &record, remove).await?,
                Consumer::EventHandler(_) => match self.call(consumer, &record, remove).await? {
                    Called::Stored => Ok(()),
                    Called::Failed(error) => Err(error),
                },
                Consumer::Process(_) => return self.retry_steps(consumer, vec![message], revision).await,
            };
            match handled {
                Ok(()) => self.0.delivery.lock().unparked(consumer, revision, position),
                Err(error) => return self.park_again(consumer, message, revision, &record, &error).await,
            }
            revision += 1;
        }
        Ok(())
    }

    async fn park_again(
        &self,
        consumer: usize,
        mut message: Parked,
        revision: u64,
        record: &Recorded,
        error: &Error,
    ) -> Result<(), Error> {
        let failure: Failure = failed(self, message.failure.as_ref(), error);
        report(&message.subscription, record, error);
        message.failure = Some(failure);
        let mut commit = Commit::new(self.now(), origin_of(record));
        commit.parked.push(ParkedChange::Put(message.clone()));
        commit.checkpoints.push(parking_move(&self.0.catalog.subscriptions[consumer], revision));
        self.0.store.commit(commit).await?;
        self.0.delivery.lock().parked(consumer, revision, [message]);
        Ok(())
    }

    /// Calls the method and commits what it saved, together with what `also` adds.
    async fn call(&self, consumer: usize, record: &Arc<Recorded>, also: impl Fn(&mut Commit)) -> Result<Called, Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let Some(method) = subscription.event_method(&record.metadata.type_name) else {
            let mut commit = Commit::new(self.now(), origin_of(record));
            also(&mut commit);
            self.0.store.commit(commit).await?;
            return Ok(Called::Stored);
        };
        let mut attempt = 1;
        loop {
            let issuer = Issuer::Event(Box::new(record.metadata.clone()), handler_name(&subscription.consumer));
            let context = Context::new(self.clone(), issuer, origin_of(record), self.now());
            let called = panics::caught_async(&subscription.name, (method.call)(&*subscription.object, record, &context)).await;
            if let Err(error) = called.and_then(|called| called.map_err(HandlerError::into_error)) {
                return Ok(Called::Failed(error));
            }
            let mut commit = Commit::new(self.now(), origin_of(record));
            let mut identities = Identities::caused_by(record.metadata.id.derived(&subscription.name, 0));
            let mut stored = match context.into_commit(&mut commit, &mut identities) {
                Ok(stored) => stored,
                Err(error) => return Ok(Called::Failed(error)),
            };
            also(&mut commit);
            match self.commit(commit).await {
                Ok(CommitResult::Committed(_)) => {
                    stored.refresh(self);
                    return Ok(Called::Stored);
                }
                Ok(CommitResult::Repeated(_)) => return Ok(Called::Stored),
                // Somebody else wrote an aggregate that the handler changed: it decides again. Who moved the checkpoint has done
                // its work.
                Err(error) if error.as_conflict().is_none() => return Err(error),
                Err(_) if attempt < self.0.retry.conflicts => attempt += 1,
                Err(error) => return Ok(Called::Failed(error)),
            }
        }
    }

    /// Whether somebody else has moved a consumer's checkpoint away from where this engine knows it.
    pub(super) async fn moved_by_other(&self, consumer: usize, from: u64) -> Result<bool, Error> {
        Ok(self.0.store.checkpoint(&self.0.catalog.subscriptions[consumer].name).await? != from)
    }
}

/// What became of calling a handler.
enum Called {
    Stored,
    Failed(Error),
}

fn handler_name(consumer: &Consumer) -> &'static str {
    let HandlerInstance { name, .. } = match consumer {
        Consumer::Projector(row) => &row.projector,
        Consumer::EventHandler(row) => &row.handler,
        Consumer::Process(types) => return types.row.name,
    };
    name
}

/// Where what a handler writes comes from: the record in hand, in its chain. No process has asked for it, also when one has caused the
/// record: a process that waits for a deposit would take a bonus for it.
fn origin_of(record: &Recorded) -> Origin {
    Origin { causation_id: Some(record.metadata.id), process: None, ..record.metadata.origin.clone() }
}
