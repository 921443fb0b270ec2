//! What a process manager makes of a message: which process it is for, what that makes of it, what is parked.

use std::sync::Arc;

use super::{Engine, Known, counts::Ignored, next::Next, outbox::Carried, storing::Steps};
use crate::{
    Error, ErrorKind, MessageId, Recorded, StreamName,
    domain::{Consumer, ProcessTypes, Subscription, Target},
    engine::{
        delivery::Held,
        panics,
        parking::{failed, no_origin, parked, parking_move, report},
    },
    process::{Cause, EventStep, Transition},
    store::{Commit, Direction, Failure, PageLimit, Parked, ParkedChange, ReadFrom},
};

/// A process manager at work on a record.
pub(super) struct Work<'a> {
    pub(super) subscription: &'a Subscription,
    pub(super) types: &'a ProcessTypes,
    /// The streams whose messages wait.
    pub(super) held: &'a Held,
    /// Whether what an event that starts a process stands on is not read: who meets a conflict decides again without this.
    pub(super) trusting: bool,
    /// Whether the record was parked.
    pub(super) parked: bool,
    /// How it failed then; none when it waited behind another.
    pub(super) before: Option<&'a Failure>,
}

impl Work<'_> {
    /// What a record is to the process manager.
    pub(super) fn target(&self, record: &Recorded) -> Result<Target, Error> {
        panics::caught(&self.subscription.name, || self.types.target(record)).and_then(|target| target)
    }

    /// Whether a process has taken in a record before: it is delivered again. What was parked is not: its turn comes later than that
    /// of others, and who handles it is decided when it is taken back.
    pub(super) fn has_handled(&self, known: &Known, record: &Recorded) -> bool {
        !self.parked && record.metadata.global_position <= known.transition.handled
    }
}

/// What a record leads to; nothing of it is stored yet.
pub(super) enum Decided {
    /// There is nothing to be stored because of it.
    Passed,
    /// These steps.
    Steps(Ready),
    /// It cannot be handled now.
    Aside(Aside),
}

/// Steps of one process that are ready to be stored.
pub(super) struct Ready {
    pub(super) stream: StreamName,
    /// The process that they stand on; none when the step is its first.
    pub(super) known: Option<Arc<Known>>,
    /// What they come from.
    pub(super) record: Arc<Recorded>,
    /// What each record is to be called, and what it holds; at least one.
    pub(super) steps: Vec<(MessageId, Transition)>,
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

impl Ready {
    /// Stores them with what `also` adds. `Ok(false)`: the process has made another step meanwhile, and nothing was stored.
    pub(super) async fn store(
        self,
        engine: &Engine,
        types: &ProcessTypes,
        also: impl FnOnce(&mut Commit),
    ) -> Result<bool, Error> {
        let Ready { stream, known, record, steps } = self;
        let (cause, origin) = (record.metadata.id, &record.metadata.origin);
        engine.store_steps(Steps { types, stream: &stream, known: known.as_deref(), cause, origin, steps }, also).await
    }
}

impl Aside {
    pub(super) fn failed(stream: &StreamName, error: Error) -> Decided {
        Decided::Aside(Aside { stream: stream.clone(), why: Why::Failed(error) })
    }

    fn behind(stream: StreamName) -> Decided {
        Decided::Aside(Aside { stream, why: Why::Behind })
    }
}

/// The process manager behind a subscription.
///
/// # Panics
/// For another kind of consumer.
pub(super) fn types_of(subscription: &Subscription) -> &ProcessTypes {
    match &subscription.consumer {
        Consumer::Process(types) => types,
        Consumer::Projector(_) | Consumer::EventHandler(_) => panic!("only process managers take steps"),
    }
}

impl Engine {
    /// Takes in one record by itself; what it leads to is stored with what `also` adds. When the process makes another step in
    /// between, it is decided again.
    ///
    /// # Errors
    /// What the store reports, and the conflict when somebody else has moved the checkpoint.
    pub(super) async fn take_in(
        &self,
        work: &Work<'_>,
        record: &Arc<Recorded>,
        also: impl Fn(&mut Commit) + Send + Sync,
    ) -> Result<Taken, Error> {
        let mut carried = None;
        let mut stream = None;
        for _ in 0..self.0.retry.conflicts.max(1) {
            let ready = match self.decide_on(work, record, work.target(record), &mut carried).await? {
                Decided::Passed => return Ok(Taken::Passed),
                Decided::Aside(aside) => return Ok(Taken::Aside(aside)),
                Decided::Steps(ready) => ready,
            };
            let (process, starts) = (ready.stream.clone(), ready.known.is_none());
            if ready.store(self, work.types, &also).await? {
                return Ok(if starts { Taken::Started(process) } else { Taken::Stored });
            }
            stream = Some(process);
        }
        let stream = stream.as_ref().unwrap_or(&record.metadata.stream);
        Ok(Taken::Aside(Aside { stream: stream.clone(), why: Why::Failed(kept_losing(stream)) }))
    }

    /// Decides what a record leads to, on the process as it is.
    ///
    /// # Errors
    /// What the store reports.
    pub(super) async fn decide_on(
        &self,
        work: &Work<'_>,
        record: &Arc<Recorded>,
        target: Result<Target, Error>,
        carried: &mut Option<Carried>,
    ) -> Result<Decided, Error> {
        let Work { types, held, .. } = *work;
        match target {
            // It cannot even be said which process it is for: what follows it in its own stream does not wait.
            Err(error) => Ok(Aside::failed(&record.metadata.stream, error)),
            Ok(Target::None) => Ok(Decided::Passed),
            Ok(Target::Outbox(stream) | Target::Issued(stream, _)) if held.contains(&stream) => Ok(Aside::behind(stream)),
            Ok(Target::Outbox(stream)) => self.decide_on_answers(work, &stream, record, carried).await,
            Ok(Target::Issued(stream, step)) => self.decide_on_event(work, &stream, record, None, Some(step)).await,
            Ok(Target::Keyed { key, starts, step }) => {
                let stream = types.stream(&key);
                if held.contains(&stream) {
                    return Ok(Aside::behind(stream));
                }
                let early = types.early(&stream);
                match step.is_some() && starts.is_none() && held.contains(&early) {
                    true => Ok(Aside::behind(early)),
                    false => self.decide_on_event(work, &stream, record, starts, step).await,
                }
            }
        }
    }

    async fn decide_on_event(
        &self,
        work: &Work<'_>,
        stream: &StreamName,
        record: &Arc<Recorded>,
        starts: Option<&'static EventStep>,
        other: Option<&'static EventStep>,
    ) -> Result<Decided, Error> {
        let types = work.types;
        let position = record.metadata.global_position;
        let ignore = |ignored| {
            self.0.processes.count(types.row.name, ignored);
            tracing::debug!(process = %stream, position, ?ignored, "an event leads to no step");
            Ok(Decided::Passed)
        };
        // An event that can only start a process nearly always does: that there is none is for the store to say, with the commit.
        let is_start = work.trusting && starts.is_some() && other.is_none();
        let known = match if is_start { Ok(self.remembered(stream)) } else { self.known(stream).await } {
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
                return Ok(Decided::Aside(Aside { stream: types.early(stream), why: Why::Early(*wait) }));
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
        let cause = Cause::Event { id: record.metadata.id, type_name: record.metadata.type_name.clone(), position };
        let next = Next { row: types.row, last, id, now: self.now(), at: Some(position) };
        let next = next.stepped(step.name, cause, stepped, step.ends);
        Ok(Decided::Steps(Ready { stream: stream.clone(), known, record: Arc::clone(record), steps: vec![(id, next)] }))
    }

    /// What is to be parked of a record.
    pub(super) fn set_aside(&self, subscription: &Subscription, record: &Recorded, aside: Aside) -> Parked {
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
            let work = Work { subscription, types, held: &held, trusting: false, parked: true, before: message.failure.as_ref() };
            match self.take_in(&work, &record, also).await? {
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
