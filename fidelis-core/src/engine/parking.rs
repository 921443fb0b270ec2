//! Messages that consumers could not handle: set aside with what follows them in their stream, while the rest flows on.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::{Engine, delivery::Held};
use crate::{
    Error, MessageId, Origin, StreamName,
    store::{Commit, Failure, Parked, ParkedChange},
};

/// The parked messages of one consumer, as the store has them.
pub(super) struct ParkedMessages {
    by_position: BTreeMap<u64, Parked>,
    by_stream: FxHashMap<StreamName, usize>,
}

impl ParkedMessages {
    pub(super) fn new(messages: Vec<Parked>) -> Self {
        let mut parked = ParkedMessages { by_position: BTreeMap::new(), by_stream: FxHashMap::default() };
        parked.put(messages);
        parked
    }

    pub(super) fn put(&mut self, messages: impl IntoIterator<Item = Parked>) {
        for message in messages {
            let stream = message.stream.clone();
            if self.by_position.insert(message.position, message).is_none() {
                *self.by_stream.entry(stream).or_default() += 1;
            }
        }
    }

    pub(super) fn remove(&mut self, position: u64) {
        let Some(message) = self.by_position.remove(&position) else {
            return;
        };
        if let Some(count) = self.by_stream.get_mut(&message.stream) {
            *count -= 1;
            if *count == 0 {
                self.by_stream.remove(&message.stream);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// The streams whose later messages have to wait.
    pub(super) fn streams(&self) -> Held {
        self.by_stream.keys().cloned().collect()
    }

    pub(super) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Parked> {
        (from <= to).then(|| self.by_position.range(from..=to).map(|(_, message)| message)).into_iter().flatten()
    }

    /// The messages of a stream whose turn has come, oldest first.
    pub(super) fn due(&self, now: Timestamp) -> Option<Vec<Parked>> {
        if self.by_position.is_empty() {
            return None;
        }
        let stream = self.first_of_streams().find(|(_, at)| at.is_some_and(|at| at <= now))?.0;
        Some(self.by_position.values().filter(|message| message.stream == *stream).cloned().collect())
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.first_of_streams().filter_map(|(_, at)| at).min()
    }

    /// Every stream with the time at which its first message is to be tried; none: when a person says so.
    fn first_of_streams(&self) -> impl Iterator<Item = (&StreamName, Option<Timestamp>)> {
        let mut seen = Held::default();
        self.by_position.values().filter(move |message| seen.insert(message.stream.clone())).map(|message| {
            // One that only waited is free when it has become the first.
            let at = message.failure.as_ref().map_or(Some(Timestamp::MIN), |failure| failure.next);
            (&message.stream, at)
        })
    }
}

/// What is known about a message after it failed once more.
pub(super) fn failed(engine: &Engine, before: Option<&Failure>, error: &Error) -> Failure {
    let now = engine.now();
    let attempts = before.map_or(0, |failure| failure.attempts) + 1;
    let wait = engine.0.retry.wait(attempts, engine.0.randomness.fraction());
    Failure {
        error: error.to_string(),
        attempts,
        first: before.map_or(now, |failure| failure.first),
        last: now,
        next: wait.map(|wait| now.saturating_add(wait).expect("a duration has no calendar units")),
    }
}

impl Engine {
    /// The messages that consumers have set aside, by consumer and in the order of the log.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn parked(&self) -> Result<Vec<Parked>, Error> {
        let mut parked = Vec::new();
        for subscription in &self.0.catalog.subscriptions {
            parked.extend(self.0.store.parked(&subscription.name).await?);
        }
        Ok(parked)
    }

    /// Lets a consumer try a parked message again, with all its attempts; those that wait behind it follow when it succeeds.
    /// No other consumer is touched.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when that consumer has no message parked there;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn retry_parked(&self, subscription: &str, position: u64) -> Result<(), Error> {
        let (consumer, mut message) = self.find_parked(subscription, position).await?;
        let now = self.now();
        if let Some(failure) = &mut message.failure {
            failure.attempts = 0;
            failure.next = Some(now);
        }
        self.commit_parked(consumer, ParkedChange::Put(message)).await?;
        self.settle().await
    }

    /// Gives a parked message up: its consumer will never handle it; those that wait behind it follow.
    ///
    /// # Errors
    /// As [`retry_parked`](Engine::retry_parked).
    pub async fn drop_parked(&self, subscription: &str, position: u64) -> Result<(), Error> {
        let (consumer, message) = self.find_parked(subscription, position).await?;
        tracing::warn!(subscription, position, "a parked message was dropped");
        self.commit_parked(consumer, ParkedChange::Remove { subscription: message.subscription, position }).await?;
        self.settle().await
    }

    async fn find_parked(&self, subscription: &str, position: u64) -> Result<(usize, Parked), Error> {
        let missing = || Error::not_found(format!("`{subscription}` has no message parked at position {position}"));
        let consumer = self.consumer(subscription).ok_or_else(missing)?;
        let parked = self.0.store.parked(subscription).await?;
        let message = parked.into_iter().find(|message| message.position == position).ok_or_else(missing)?;
        Ok((consumer, message))
    }

    async fn commit_parked(&self, consumer: usize, change: ParkedChange) -> Result<(), Error> {
        let mut commit = Commit::new(self.now(), no_origin());
        commit.parked.push(change.clone());
        self.0.store.commit(commit).await?;
        let mut delivery = self.0.delivery.lock();
        match change {
            ParkedChange::Put(message) => delivery.parked(consumer, [message]),
            ParkedChange::Remove { position, .. } => delivery.unparked(consumer, position),
        }
        Ok(())
    }

    /// The place of a subscription in the catalog.
    pub(super) fn consumer(&self, subscription: &str) -> Option<usize> {
        self.0.catalog.subscriptions.iter().position(|known| &*known.name == subscription)
    }
}

/// For commits that append nothing.
pub(super) fn no_origin() -> Origin {
    Origin {
        correlation_id: MessageId::from_uuid(uuid::Uuid::nil()),
        causation_id: None,
        process: None,
        priority: 0,
        extensions: None,
    }
}

/// A message of `subscription` that failed, or that waits behind one that did.
pub(super) fn parked(subscription: &Arc<str>, record: &crate::Recorded, failure: Option<Failure>) -> Parked {
    Parked {
        subscription: Arc::clone(subscription),
        stream: record.metadata.stream.clone(),
        position: record.metadata.global_position,
        failure,
    }
}
