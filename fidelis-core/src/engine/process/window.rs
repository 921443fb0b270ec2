//! Taking in what comes, in the order of the log, the work for different processes at the same time.
//!
//! What costs time is the store, and it answers a hundred commits together as soon as one. So of a page of records
//!
//! - the commands in transitions are carried out at the same time, those of one process one after the other, and
//! - steps are handed over to the store one after the other without waiting for its answers: each in a commit of its own, which moves the
//!   checkpoint from where the commit before it puts it to its own record.
//!
//! | a record | becomes | when |
//! |---|---|---|
//! | is next | waiting for its process | a step of the same process has been handed over, or its commands are still being carried out |
//! | is decided | passed, a step, or set aside | all before it is decided, and its process is as the store has it |
//! | leads to a step | handed over | at once, behind the step before it |
//! | is handed over | stored | the store says so, and so it has of all before it |
//! | is handed over | decided again, by itself | its process has made another step meanwhile; nothing behind it was stored |
//! | is handed over | given back to the log | somebody else has moved the checkpoint: all that is not stored is read again |
//! | is set aside | parked | all before it is stored |
//!
//! A step whose predecessor was not stored is not stored either, because the checkpoint is not where its commit wants it. The
//! checkpoint therefore never passes a record that is not handled, whatever fails and wherever it stops, and the log
//! has the steps in the order of what they come from. What is in the store is the same as if the records had been handled one by
//! one; only what was asked of it in vain is more.

mod going_on;

use std::{collections::VecDeque, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::{
    Engine,
    intake::{Aside, Decided, Taken, Work, types_of},
    outbox::Carried,
};
use crate::{
    BoxFuture, Error, Recorded, StreamName,
    domain::{ProcessTypes, Subscription, Target},
    engine::{
        delivery::Held,
        parking::{no_origin, parking_move},
    },
    store::{CheckpointMove, Commit, ParkedChange},
};

/// Beyond so many positions, a checkpoint is stored although nothing else is.
const UNSTORED: u64 = 1_000;

/// So many processes' commands are carried out at the same time.
const AT_ONCE: usize = 256;

/// Records on their way through a process manager.
struct Window<'a> {
    engine: &'a Engine,
    consumer: usize,
    subscription: &'a Subscription,
    types: &'a ProcessTypes,
    /// Processes whose commands are to be carried out, each with its transitions.
    waiting: VecDeque<Outgoing<'a>>,
    carrying_out: Vec<(&'a StreamName, CarryingOut<'a>)>,
    /// All of these.
    unanswered: FxHashSet<&'a StreamName>,
    /// What became of them, by the position of the transition.
    carried_out: FxHashMap<u64, Carried>,
    any_carried_out: bool,
    /// What is decided and not known to be stored, in the order of the log.
    under_way: VecDeque<UnderWay<'a>>,
    /// The processes that make steps among that.
    stepping: FxHashSet<StreamName>,
    /// Where the checkpoint is when all of that is stored.
    checkpoint: u64,
}

/// A process, and the transitions whose commands are to be carried out.
type Outgoing<'a> = (&'a StreamName, SmallVec<[&'a Arc<Recorded>; 1]>);

/// By the positions of its transitions.
type CarryingOut<'a> = BoxFuture<'a, Vec<(u64, Carried)>>;

/// A record that is decided.
struct UnderWay<'a> {
    /// Its place in the page, and its position in the log.
    place: usize,
    position: u64,
    /// The process that makes a step, and whether that is its first; none when only the checkpoint moves.
    process: Option<(StreamName, bool)>,
    commit: Storing<'a>,
}

enum Storing<'a> {
    /// There is nothing to be stored.
    Nothing,
    HandedOver(BoxFuture<'a, Result<bool, Error>>),
    Answered(Result<bool, Error>),
}

/// How far a record got.
enum Got {
    /// It is under way.
    Decided,
    /// It cannot be handled now, and all before it is stored.
    Aside(Aside),
    /// This one was not stored, and nothing behind it was: its process has made another step meanwhile.
    Overtaken(usize),
}

impl Engine {
    /// Lets a process manager handle records. Those it cannot handle are parked, with what follows them for their process.
    pub(in crate::engine) async fn step(&self, consumer: usize, records: &[Arc<Recorded>], held: Held) -> Result<(), Error> {
        let known = self.0.delivery.lock().checkpoint(consumer);
        // What another engine has handled would be found out by the commit, after the commands.
        if self.moved_by_other(consumer, known).await? {
            return self.overtaken(consumer).await;
        }
        let mut window = Window::open(self, consumer, records, &held, known);
        window.begin().await;
        let (mut held, mut place) = (held, 0);
        loop {
            let got = match records.get(place) {
                Some(record) => window.take_in(place, record, &held).await,
                None => window.all_stored().await,
            };
            let (at, taken) = match got {
                Ok(Got::Decided) if place == records.len() => break,
                Ok(Got::Decided) => {
                    place += 1;
                    continue;
                }
                Ok(Got::Aside(aside)) => (place, Ok(Taken::Aside(aside))),
                Ok(Got::Overtaken(place)) => (place, window.take_in_alone(&records[place], &held).await),
                Err(error) => (place, Err(error)),
            };
            let finished = match taken {
                Ok(taken) => window.finish(&records[at], taken, &mut held).await,
                Err(error) => Err(error),
            };
            if let Err(error) = finished {
                // What is still out may have been given the connection that is waited for here, and nobody would use it: it is given up,
                // as in a crash.
                drop(window);
                return self.lost_checkpoint(consumer, error).await;
            }
            place = at + 1;
        }
        window.all_carried_out().await;
        // Commands that were carried out are not asked about again after a restart, unless what they caused moves the checkpoint soon.
        if let Some(last) = records.last().filter(|_| window.any_carried_out) {
            let to = last.metadata.global_position;
            let (from, more) = {
                let delivery = self.0.delivery.lock();
                (delivery.checkpoint(consumer), delivery.has_more(consumer))
            };
            if from < to && !more {
                let moved = CheckpointMove { subscription: Arc::clone(&window.subscription.name), from, to };
                match self.store_checkpoint(moved).await {
                    Ok(()) => self.0.delivery.lock().advanced(consumer, to),
                    Err(error) => return self.lost_checkpoint(consumer, error).await,
                }
            }
        }
        Ok(())
    }

    /// Stores that everything up to a position is handled.
    async fn store_checkpoint(&self, moved: CheckpointMove) -> Result<(), Error> {
        let mut commit = Commit::new(self.now(), no_origin());
        commit.checkpoints.push(moved);
        self.0.store.commit(commit).await.map(drop)
    }
}

impl<'a> Window<'a> {
    fn open(engine: &'a Engine, consumer: usize, records: &'a [Arc<Recorded>], held: &Held, checkpoint: u64) -> Self {
        let subscription = &*engine.0.catalog.subscriptions[consumer];
        let types = types_of(subscription);
        let mut waiting: VecDeque<Outgoing<'a>> = VecDeque::new();
        let mut places: FxHashMap<&StreamName, usize> = FxHashMap::default();
        for record in records {
            let stream = &record.metadata.stream;
            if types.is_own(record) && !held.contains(stream) {
                let place = *places.entry(stream).or_insert_with(|| {
                    waiting.push_back((stream, SmallVec::new()));
                    waiting.len() - 1
                });
                waiting[place].1.push(record);
            }
        }
        Window {
            engine,
            consumer,
            subscription,
            types,
            waiting,
            carrying_out: Vec::new(),
            unanswered: places.into_keys().collect(),
            carried_out: FxHashMap::default(),
            any_carried_out: false,
            under_way: VecDeque::new(),
            stepping: FxHashSet::default(),
            checkpoint,
        }
    }

    /// Decides a record, when its process is as the store has it, and hands over what it leads to.
    async fn take_in(&mut self, place: usize, record: &Arc<Recorded>, held: &Held) -> Result<Got, Error> {
        if self.is_broken() {
            return self.all_stored().await;
        }
        let work = self.work(held);
        let target = work.target(record);
        let process = match &target {
            Ok(Target::Outbox(stream) | Target::Issued(stream, _)) => Some(stream.clone()),
            Ok(Target::Keyed { key, .. }) => Some(self.types.stream(key)),
            Ok(Target::None) | Err(_) => None,
        };
        if process.as_ref().is_some_and(|process| self.stepping.contains(process)) {
            match self.all_stored().await? {
                Got::Decided => {}
                broken => return Ok(broken),
            }
        }
        let mut carried = match &target {
            Ok(Target::Outbox(stream)) => self.carried(stream, record.metadata.global_position).await,
            _ => None,
        };
        let engine = self.engine;
        match self.beside(engine.decide_on(&work, record, target, &mut carried)).await {
            Ok(Decided::Passed) => self.pass(place, record).await,
            Ok(Decided::Steps(ready)) => self.make_steps(place, ready).await,
            Ok(Decided::Aside(aside)) => match self.all_stored().await? {
                Got::Decided => return Ok(Got::Aside(aside)),
                broken => return Ok(broken),
            },
            Err(error) => {
                self.all_stored().await?;
                return Err(error);
            }
        }
        Ok(Got::Decided)
    }

    fn work<'h>(&self, held: &'h Held) -> Work<'h>
    where
        'a: 'h,
    {
        Work { subscription: self.subscription, types: self.types, held, trusting: true, parked: false, before: None }
    }

    /// Takes in a record whose process was overtaken, until it is not.
    async fn take_in_alone(&mut self, record: &Arc<Recorded>, held: &Held) -> Result<Taken, Error> {
        let moved = self.moved(record.metadata.global_position);
        let also = |commit: &mut Commit| commit.checkpoints.push(moved.clone());
        let (engine, work) = (self.engine, Work { trusting: false, ..self.work(held) });
        self.beside(engine.take_in(&work, record, also)).await
    }

    /// Notes what became of a record that was taken in alone; parks it if it could not be.
    async fn finish(&mut self, record: &Arc<Recorded>, taken: Taken, held: &mut Held) -> Result<(), Error> {
        let (engine, consumer, position) = (self.engine, self.consumer, record.metadata.global_position);
        match taken {
            Taken::Passed => engine.0.delivery.lock().skipped(consumer, position),
            Taken::Stored => self.stored(position, None),
            Taken::Started(process) => self.stored(position, Some(&process)),
            Taken::Aside(aside) => {
                Arc::make_mut(held).insert(aside.stream.clone());
                let message = engine.set_aside(self.subscription, record, aside);
                let (from, revision) = {
                    let delivery = engine.0.delivery.lock();
                    (delivery.checkpoint(consumer), delivery.revision(consumer))
                };
                let moved = CheckpointMove { subscription: Arc::clone(&self.subscription.name), from, to: position };
                let mut commit = Commit::new(engine.now(), no_origin());
                commit.checkpoints.extend([moved, parking_move(self.subscription, revision)]);
                commit.parked.push(ParkedChange::Put(message.clone()));
                self.beside(engine.0.store.commit(commit)).await?;
                let mut delivery = engine.0.delivery.lock();
                delivery.parked(consumer, revision, [message]);
                delivery.advanced(consumer, position);
            }
        }
        self.checkpoint = engine.0.delivery.lock().checkpoint(consumer);
        Ok(())
    }
}
