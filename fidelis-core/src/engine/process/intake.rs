//! Taking in what a process manager is interested in, in the order of the log.

use std::sync::Arc;

use super::{Engine, Known, counts::Ignored, next::Next, outbox::Carried, storing::Steps};
use crate::{
    Error, ErrorKind, Recorded, StreamName,
    domain::{Consumer, ProcessTypes, Subscription, Target},
    engine::{
        delivery::Held,
        panics,
        parking::{failed, no_origin, parked, parking_move, report},
    },
    process::{Cause, EventStep},
    store::{CheckpointMove, Commit, Direction, Failure, PageLimit, Parked, ParkedChange, ReadFrom},
};

/// Beyond so many positions, a checkpoint is stored although nothing else is.
const UNSTORED: u64 = 1_000;

/// A process manager at work on a record.
pub(super) struct Work<'a> {
    pub(super) subscription: &'a Subscription,
    pub(super) types: &'a ProcessTypes,
    /// The streams whose messages wait.
    held: &'a Held,
    /// Whether the record was parked.
    parked: bool,
    /// How it failed then; none when it waited behind another.
    pub(super) before: Option<&'a Failure>,
}

impl Work<'_> {
    /// Whether a process has taken in a record before: it is delivered again. What was parked is not: its turn comes later than that
    /// of others, and who handles it is decided when it is taken back.
    pub(super) fn has_handled(&self, known: &Known, record: &Recorded) -> bool {
        !self.parked && record.metadata.global_position <= known.transition.handled
    }
}

/// What became of a record.
pub(super) enum Taken {
    /// There is nothing to be stored because of it.
    Passed,
    /// What it led to is stored.
    Stored,
    /// The same, and it started this process.
    Started(StreamName),
    /// It could not be handled now; nothing was stored.
    Aside(Aside),
}

/// A record that is to be parked.
pub(super) struct Aside {
    /// With what follows for this.
    pub(super) stream: StreamName,
    pub(super) why: Why,
}

/// Why a record is parked.
pub(super) enum Why {
    /// It waits behind another.
    Behind,
    /// It waits so long for its process to start.
    Early(jiff::SignedDuration),
    /// It failed.
    Failed(Error),
}

impl Aside {
    pub(super) fn failed(stream: &StreamName, error: Error) -> Taken {
        Taken::Aside(Aside { stream: stream.clone(), why: Why::Failed(error) })
    }

    fn behind(stream: StreamName) -> Taken {
        Taken::Aside(Aside { stream, why: Why::Behind })
    }
}

/// The process manager behind a subscription.
///
/// # Panics
/// For another kind of consumer.
fn types_of(subscription: &Subscription) -> &ProcessTypes {
    match &subscription.consumer {
        Consumer::Process(types) => types,
        Consumer::Projector(_) | Consumer::EventHandler(_) => panic!("only process managers take steps"),
    }
}

impl Engine {
    /// Lets a process manager handle records. Those it cannot handle are parked, with what follows them for their process.
    pub(in crate::engine) async fn step(&self, consumer: usize, records: &[Arc<Recorded>], mut held: Held) -> Result<(), Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let types = types_of(subscription);
        // What another engine has handled would be found out by the commit, after the commands.
        let known = self.0.delivery.lock().checkpoint(consumer);
        if self.moved_by_other(consumer, known).await? {
            return self.overtaken(consumer).await;
        }
        let mut carried = self.carry_out_ahead(types, records, &held).await;
        let any_carried = !carried.is_empty();
        for record in records {
            let to = record.metadata.global_position;
            let from = self.0.delivery.lock().checkpoint(consumer);
            let moved = CheckpointMove { subscription: Arc::clone(&subscription.name), from, to };
            let work = Work { subscription, types, held: &held, parked: false, before: None };
            let also = |commit: &mut Commit| commit.checkpoints.push(moved.clone());
            let taken = match self.take_in(&work, record, carried.remove(&to), also).await {
                Ok(taken) => taken,
                Err(error) => return self.lost_checkpoint(consumer, error).await,
            };
            match taken {
                Taken::Passed if to.saturating_sub(from) < UNSTORED => self.0.delivery.lock().skipped(consumer, to),
                Taken::Passed => {
                    if !self.store_checkpoint(consumer, moved).await? {
                        return Ok(());
                    }
                }
                Taken::Stored => self.0.delivery.lock().advanced(consumer, to),
                Taken::Started(stream) => {
                    let mut delivery = self.0.delivery.lock();
                    delivery.advanced(consumer, to);
                    // In memory: after a crash they are tried again when their time is over.
                    delivery.wake_parked(consumer, &types.early(&stream), self.now());
                }
                Taken::Aside(aside) => {
                    Arc::make_mut(&mut held).insert(aside.stream.clone());
                    let message = self.set_aside(subscription, record, aside);
                    let revision = self.0.delivery.lock().revision(consumer);
                    let mut commit = Commit::new(self.now(), no_origin());
                    commit.checkpoints.extend([moved, parking_move(subscription, revision)]);
                    commit.parked.push(ParkedChange::Put(message.clone()));
                    if let Err(error) = self.0.store.commit(commit).await {
                        return self.lost_checkpoint(consumer, error).await;
                    }
                    let mut delivery = self.0.delivery.lock();
                    delivery.parked(consumer, revision, [message]);
                    delivery.advanced(consumer, to);
                }
            }
        }
        // Commands that were carried out are not asked about again after a restart, unless what they caused moves the checkpoint soon.
        if let Some(last) = records.last().filter(|_| any_carried) {
            let to = last.metadata.global_position;
            let (from, more) = {
                let delivery = self.0.delivery.lock();
                (delivery.checkpoint(consumer), delivery.has_more(consumer))
            };
            if from < to && !more {
                self.store_checkpoint(consumer, CheckpointMove { subscription: Arc::clone(&subscription.name), from, to })
                    .await?;
            }
        }
        Ok(())
    }

    /// Stores that everything up to a position is handled; false when somebody else has moved the checkpoint.
    async fn store_checkpoint(&self, consumer: usize, moved: CheckpointMove) -> Result<bool, Error> {
        let to = moved.to;
        let mut commit = Commit::new(self.now(), no_origin());
        commit.checkpoints.push(moved);
        if let Err(error) = self.0.store.commit(commit).await {
            self.lost_checkpoint(consumer, error).await?;
            return Ok(false);
        }
        self.0.delivery.lock().advanced(consumer, to);
        Ok(true)
    }
}

impl Engine {
    /// Takes in one record; what it leads to is stored with what `also` adds.
    ///
    /// # Errors
    /// What the store reports, and the conflict when somebody else has moved the checkpoint.
    pub(super) async fn take_in(
        &self,
        work: &Work<'_>,
        record: &Arc<Recorded>,
        carried: Option<Carried>,
        also: impl Fn(&mut Commit) + Send + Sync,
    ) -> Result<Taken, Error> {
        let Work { subscription, types, held, .. } = *work;
        let target = panics::caught(&subscription.name, || types.target(record)).and_then(|target| target);
        match target {
            // It cannot even be said which process it is for: what follows it in its own stream does not wait.
            Err(error) => Ok(Aside::failed(&record.metadata.stream, error)),
            Ok(Target::None) => Ok(Taken::Passed),
            Ok(Target::Outbox(stream) | Target::Issued(stream, _)) if held.contains(&stream) => Ok(Aside::behind(stream)),
            Ok(Target::Outbox(stream)) => self.take_answers(work, &stream, record, carried, also).await,
            Ok(Target::Issued(stream, step)) => self.take_event(work, &stream, record, None, Some(step), also).await,
            Ok(Target::Keyed { key, starts, step }) => {
                let stream = types.stream(&key);
                if held.contains(&stream) {
                    return Ok(Aside::behind(stream));
                }
                let early = types.early(&stream);
                match step.is_some() && starts.is_none() && held.contains(&early) {
                    true => Ok(Aside::behind(early)),
                    false => self.take_event(work, &stream, record, starts, step, also).await,
                }
            }
        }
    }

    async fn take_event(
        &self,
        work: &Work<'_>,
        stream: &StreamName,
        record: &Arc<Recorded>,
        starts: Option<&'static EventStep>,
        other: Option<&'static EventStep>,
        also: impl Fn(&mut Commit),
    ) -> Result<Taken, Error> {
        let types = work.types;
        let ignore = |ignored| {
            self.0.processes.count(types.row.name, ignored);
            let position = record.metadata.global_position;
            tracing::debug!(process = %stream, position, ?ignored, "an event leads to no step");
            Ok(Taken::Passed)
        };
        for _ in 0..self.0.retry.conflicts.max(1) {
            let known = match self.known(stream).await {
                Ok(known) => known,
                Err(error) if error.kind() == ErrorKind::Corrupt => return Ok(Aside::failed(stream, error)),
                Err(error) => return Err(error),
            };
            if let Some(known) = &known
                && work.has_handled(known, record)
            {
                return ignore(Ignored::Repeated);
            }
            let step = match (&known, starts, other) {
                (None, Some(start), _) => start,
                (None, None, Some(EventStep { waits: Some(wait), .. })) if !is_over(work.before, *wait, self.now()) => {
                    return Ok(Taken::Aside(Aside { stream: types.early(stream), why: Why::Early(*wait) }));
                }
                (None, None, _) => return ignore(Ignored::Unknown),
                (Some(known), ..) if known.transition.status.is_over() => {
                    return ignore(if other.is_some() { Ignored::Late } else { Ignored::Repeated });
                }
                (Some(_), _, Some(step)) => step,
                (Some(_), _, None) => return ignore(Ignored::Repeated),
            };
            let last = known.as_ref().map(|known| &known.transition);
            let state = last.map(|last| &*last.state.0);
            let stepped = match panics::caught(step.name, || (step.call)(state, record)).and_then(|stepped| stepped) {
                Ok(stepped) => stepped,
                Err(error) => return Ok(Aside::failed(stream, error)),
            };
            let id = record.metadata.id.derived(&work.subscription.name, 0);
            let cause = Cause::Event {
                id: record.metadata.id,
                type_name: record.metadata.type_name.clone(),
                position: record.metadata.global_position,
            };
            let next = Next { row: types.row, last, id, now: self.now(), at: Some(record.metadata.global_position) }
                .stepped(step.name, cause, stepped, step.ends);
            let (cause, origin) = (record.metadata.id, &record.metadata.origin);
            let steps = Steps { types, stream, known: known.as_deref(), cause, origin, steps: vec![(id, next)] };
            if self.store_steps(steps, &also).await? {
                return Ok(if known.is_none() { Taken::Started(stream.clone()) } else { Taken::Stored });
            }
        }
        Ok(Aside::failed(stream, kept_losing(stream)))
    }

    /// What is to be parked of a record.
    fn set_aside(&self, subscription: &Subscription, record: &Recorded, aside: Aside) -> Parked {
        let failure = match &aside.why {
            Why::Behind => None,
            Why::Early(wait) => Some(self.waits_for_start(&aside.stream, self.now(), *wait)),
            Why::Failed(error) => {
                report(&subscription.name, record, error);
                Some(self.failed_step(None, error))
            }
        };
        Parked { stream: aside.stream, ..parked(&subscription.name, record, failure) }
    }

    fn waits_for_start(&self, early: &StreamName, first: jiff::Timestamp, wait: jiff::SignedDuration) -> Failure {
        let until = first.saturating_add(wait).expect("a duration has no calendar units");
        let error = format!("process `{}` has not started; this waits for it until {until}", early.id());
        Failure { error, attempts: 1, first, last: self.now(), next: Some(until) }
    }

    /// What is known about a record whose step failed. A refused key is refused for ever: trying again changes nothing.
    fn failed_step(&self, before: Option<&Failure>, error: &Error) -> Failure {
        let failure = failed(self, before, error);
        Failure { next: failure.next.filter(|_| error.kind() != ErrorKind::Rejected), ..failure }
    }

    /// Tries parked records of one stream again, in their order, until one fails.
    pub(in crate::engine) async fn retry_steps(
        &self,
        consumer: usize,
        messages: Vec<Parked>,
        mut revision: u64,
    ) -> Result<(), Error> {
        let subscription = &self.0.catalog.subscriptions[consumer];
        let types = types_of(subscription);
        let held = Held::default();
        for message in messages {
            let position = message.position;
            let from = ReadFrom::All { position, direction: Direction::Forwards };
            let page = self.0.store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?;
            let Some(record) = page.into_iter().next().filter(|record| record.metadata.global_position == position) else {
                return Err(Error::not_found(format!("the log has nothing at position {position}, where a message was parked")));
            };
            let also = |commit: &mut Commit| {
                commit.parked.push(ParkedChange::Remove { subscription: Arc::clone(&subscription.name), position });
                commit.checkpoints.push(parking_move(subscription, revision));
            };
            let work = Work { subscription, types, held: &held, parked: true, before: message.failure.as_ref() };
            match self.take_in(&work, &record, None, also).await? {
                Taken::Stored => {}
                Taken::Started(stream) => {
                    self.0.delivery.lock().wake_parked(consumer, &types.early(&stream), self.now());
                }
                Taken::Passed => {
                    let mut commit = Commit::new(self.now(), no_origin());
                    also(&mut commit);
                    self.0.store.commit(commit).await?;
                }
                Taken::Aside(aside) => {
                    let failure = match &aside.why {
                        Why::Behind => None,
                        Why::Early(wait) => {
                            let first = message.failure.as_ref().map_or_else(|| self.now(), |failure| failure.first);
                            Some(self.waits_for_start(&aside.stream, first, *wait))
                        }
                        Why::Failed(error) => {
                            report(&subscription.name, &record, error);
                            Some(self.failed_step(message.failure.as_ref(), error))
                        }
                    };
                    let message = Parked { stream: aside.stream, failure, ..message };
                    let mut commit = Commit::new(self.now(), no_origin());
                    commit.parked.push(ParkedChange::Put(message.clone()));
                    commit.checkpoints.push(parking_move(subscription, revision));
                    self.0.store.commit(commit).await?;
                    self.0.delivery.lock().parked(consumer, revision, [message]);
                    return Ok(());
                }
            }
            self.0.delivery.lock().unparked(consumer, revision, position);
            revision += 1;
        }
        Ok(())
    }
}

/// Whether a record that waits for its process has waited long enough.
fn is_over(before: Option<&Failure>, wait: jiff::SignedDuration, now: jiff::Timestamp) -> bool {
    before.is_some_and(|failure| now >= failure.first.saturating_add(wait).expect("a duration has no calendar units"))
}

/// Others kept writing the stream of the process.
pub(super) fn kept_losing(stream: &StreamName) -> Error {
    Error::failed(format!("no step of `{stream}` could be stored"), "others kept writing its stream; it is tried again later")
}
