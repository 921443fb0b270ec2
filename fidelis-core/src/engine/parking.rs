//! Messages that consumers could not handle: set aside with what follows them in their stream, while the rest flows on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::{Engine, delivery::Held};
use crate::{
    Error, ErrorKind, MessageId, Origin, Store, StreamName,
    domain::Subscription,
    store::{CheckpointMove, Commit, Failure, Parked, ParkedChange},
};

/// The parked messages of one consumer, as the store has them. However many they are, asking what is due, or whose streams
/// wait, costs the same.
pub(super) struct ParkedMessages {
    /// How often they were changed: who changes them says which state of them he has seen.
    revision: u64,
    by_position: BTreeMap<u64, Parked>,
    by_stream: FxHashMap<StreamName, BTreeSet<u64>>,
    /// The streams, to be handed out.
    held: Held,
    /// The first message of each stream, by the time at which it is to be tried.
    turns: BTreeSet<(Timestamp, u64)>,
}

impl ParkedMessages {
    pub(super) fn new(revision: u64, messages: Vec<Parked>) -> Self {
        let mut parked = ParkedMessages {
            revision,
            by_position: BTreeMap::new(),
            by_stream: FxHashMap::default(),
            held: Held::default(),
            turns: BTreeSet::new(),
        };
        parked.put(messages);
        parked
    }

    /// Reads them. The revision first: what is changed after that is noticed at the next change.
    pub(super) async fn load(store: &dyn Store, subscription: &Subscription) -> Result<Self, Error> {
        let revision = store.checkpoint(&subscription.parking).await?;
        Ok(ParkedMessages::new(revision, store.parked(&subscription.name).await?))
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Notes that the store has a change that follows `revision`; false when it is known already.
    pub(super) fn follow(&mut self, revision: u64) -> bool {
        let follows = self.revision == revision;
        self.revision += u64::from(follows);
        follows
    }

    pub(super) fn put(&mut self, messages: impl IntoIterator<Item = Parked>) {
        for message in messages {
            let (stream, position) = (message.stream.clone(), message.position);
            if let Some(turn) = self.turn(&stream) {
                self.turns.remove(&turn);
            }
            self.by_position.insert(position, message);
            if !self.by_stream.contains_key(&stream) {
                Arc::make_mut(&mut self.held).insert(stream.clone());
            }
            self.by_stream.entry(stream.clone()).or_default().insert(position);
            self.turns.extend(self.turn(&stream));
        }
    }

    pub(super) fn remove(&mut self, position: u64) {
        let Some(stream) = self.by_position.get(&position).map(|message| message.stream.clone()) else {
            return;
        };
        if let Some(turn) = self.turn(&stream) {
            self.turns.remove(&turn);
        }
        self.by_position.remove(&position);
        if let Some(positions) = self.by_stream.get_mut(&stream) {
            positions.remove(&position);
            if positions.is_empty() {
                self.by_stream.remove(&stream);
                Arc::make_mut(&mut self.held).remove(&stream);
            }
        }
        self.turns.extend(self.turn(&stream));
    }

    /// The first message of a stream is to be tried now.
    pub(super) fn wake(&mut self, stream: &StreamName, now: Timestamp) {
        let first = self.by_stream.get(stream).and_then(BTreeSet::first).and_then(|first| self.by_position.get(first));
        if let Some(message) = first.cloned() {
            let failure = message.failure.map(|failure| Failure { next: Some(now), ..failure });
            self.put([Parked { failure, ..message }]);
        }
    }

    pub(super) fn positions(&self) -> impl Iterator<Item = u64> {
        self.by_position.keys().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_position.is_empty()
    }

    /// The streams whose later messages have to wait.
    pub(super) fn streams(&self) -> Held {
        Arc::clone(&self.held)
    }

    pub(super) fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Parked> {
        (from <= to).then(|| self.by_position.range(from..=to).map(|(_, message)| message)).into_iter().flatten()
    }

    /// The messages of a stream whose turn has come, oldest first.
    pub(super) fn due(&self, now: Timestamp) -> Option<Vec<Parked>> {
        let (_, first) = self.turns.first().filter(|(at, _)| *at <= now)?;
        let stream = &self.by_position.get(first)?.stream;
        self.of(stream)
    }

    /// The messages of a stream, oldest first.
    pub(super) fn of(&self, stream: &StreamName) -> Option<Vec<Parked>> {
        let positions = self.by_stream.get(stream)?;
        Some(positions.iter().filter_map(|position| self.by_position.get(position)).cloned().collect())
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.turns.first().map(|(at, _)| *at)
    }

    /// When the first message of a stream is to be tried; none: when a person says so.
    fn turn(&self, stream: &StreamName) -> Option<(Timestamp, u64)> {
        let first = *self.by_stream.get(stream)?.first()?;
        // One that only waited is free when it has become the first.
        let at = self.by_position.get(&first)?.failure.as_ref().map_or(Some(Timestamp::MIN), |failure| failure.next)?;
        Some((at, first))
    }
}

/// What is known about a message after it failed once more.
pub(super) fn failed(engine: &Engine, before: Option<&Failure>, error: &Error) -> Failure {
    let now = engine.now();
    let attempts = before.map_or(0, |failure| failure.attempts) + 1;
    let wait = engine.0.retry.wait(attempts, engine.0.randomness.fraction());
    Failure {
        // It may quote what somebody has typed. Not every store can hold a NUL in a text, and what cannot be parked stops its consumer.
        error: error.to_string().replace('\0', "\u{fffd}"),
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
        let now = self.now();
        self.change_parked(subscription, position, |mut message| {
            if let Some(failure) = &mut message.failure {
                failure.attempts = 0;
                failure.next = Some(now);
            }
            ParkedChange::Put(message)
        })
        .await?;
        self.settle().await
    }

    /// Gives a parked message up: its consumer will never handle it; those that wait behind it follow.
    ///
    /// # Errors
    /// As [`retry_parked`](Engine::retry_parked); [`Invalid`](crate::ErrorKind::Invalid) for a step of a process whose commands are not
    /// carried out: the process would take them for done. End it instead.
    pub async fn drop_parked(&self, subscription: &str, position: u64) -> Result<(), Error> {
        self.refuse_to_drop_step(subscription, position).await?;
        self.change_parked(subscription, position, |message| ParkedChange::Remove {
            subscription: message.subscription,
            position,
        })
        .await?;
        tracing::warn!(subscription, position, "a parked message was dropped");
        self.settle().await
    }

    /// Changes a parked message, as the store has it: others may be working on it.
    async fn change_parked(
        &self,
        subscription: &str,
        position: u64,
        change: impl Fn(Parked) -> ParkedChange,
    ) -> Result<(), Error> {
        let missing = || Error::not_found(format!("`{subscription}` has no message parked at position {position}"));
        let consumer = self.consumer(subscription).ok_or_else(missing)?;
        let subscription = &self.0.catalog.subscriptions[consumer];
        loop {
            let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
            let message = parked.by_position.get(&position).cloned().ok_or_else(missing)?;
            let mut commit = Commit::new(self.now(), no_origin());
            commit.parked.push(change(message));
            commit.checkpoints.push(parking_move(subscription, parked.revision));
            match self.0.store.commit(commit).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
        self.0.delivery.lock().reparked(consumer, parked);
        Ok(())
    }

    /// The place of a subscription in the catalog.
    pub(super) fn consumer(&self, subscription: &str) -> Option<usize> {
        self.0.catalog.subscriptions.iter().position(|known| &*known.name == subscription)
    }
}

/// What every commit that changes what `subscription` has parked holds: it happens only when nobody else has changed that since
/// `revision`. Without it, two engines that know of one parked message could both handle it.
pub(super) fn parking_move(subscription: &Subscription, revision: u64) -> CheckpointMove {
    CheckpointMove { subscription: Arc::clone(&subscription.parking), from: revision, to: revision + 1 }
}

/// For commits that append nothing.
pub(crate) fn no_origin() -> Origin {
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

/// Says that a message is set aside, and why; never what it holds.
pub(super) fn report(subscription: &str, record: &crate::Recorded, error: &Error) {
    tracing::warn!(
        subscription,
        position = record.metadata.global_position,
        stream = %record.metadata.stream,
        event = %record.metadata.type_name,
        error = %error.without_payload(),
        "a consumer could not handle a message; it is set aside with what follows it in its stream"
    );
}
