//! What can happen next in a world: the real engine is put on it, lets one thing happen up to its first commit, and is gone.
//!
//! The engine keeps nothing that a restart would lose, so a world is what the store holds and no more, and the engine may be a new
//! one at every step: a crash between two commits is no step of its own.

use std::{cell::RefCell, sync::Arc};

use jiff::Timestamp;

use super::{
    memo::Memo,
    node::{Bounds, Fault, Node, Sabotage},
    stage::{Scene, Stage, at_once, poll_once},
};
use crate::{
    BoxFuture, CountingRandomness, Domain, Engine, Envelope, Error, ManualClock, MemoryStore, MessageId, Recorded, RetryPolicy,
    Store, StreamName,
    domain::{Consumer, Subscription},
    store::{Commit, PageLimit, ReadFrom},
};

/// A command from outside.
pub(super) struct FromOutside {
    pub(super) name: &'static str,
    pub(super) payload: Box<str>,
    /// Whether whoever sends it does so under a key, so that a repeat is recognised.
    pub(super) keyed: bool,
    pub(super) execute: Execute,
}

pub(super) type Execute = Box<dyn Fn(&Engine, Envelope) -> BoxFuture<'_, Result<(), Error>>>;

/// Something that can happen.
#[derive(Clone, Debug)]
pub(super) struct Transition {
    pub(super) what: What,
    /// What it stores; nothing for a command that changes nothing.
    pub(super) commit: Option<Arc<Commit>>,
    /// What the clock says then.
    pub(super) now: Timestamp,
    /// Which of what is bounded it is one of.
    pub(super) spends: Option<Fault>,
}

/// What happens; consumers and commands by their place.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A command from outside is sent.
    Send(usize),
    /// The same, once more.
    Repeat(usize),
    /// A consumer does the next thing.
    Work(usize),
    /// A consumer tries again what it has parked under this stream.
    Retry(usize, StreamName),
    /// The first timer of this process fires.
    Timer(StreamName),
    /// A consumer is given its last message once more.
    Redelivery(usize),
    /// A consumer cannot do the next thing, because the store fails.
    Failure(usize),
    /// An engine has worked something out, and is about to commit it.
    Prepare(Arc<Transition>),
    /// An engine commits what it has held; in vain, if the world has gone on.
    Finish(usize),
    /// The same, and it does not hear that it has: it is going to commit once more.
    Unheard(usize),
    /// An engine is gone with what it has held.
    Crash(usize),
}

impl What {
    /// Whether it need not happen: nobody waits for it.
    pub(super) fn is_fault(&self) -> bool {
        match self {
            What::Repeat(_) | What::Redelivery(_) | What::Failure(_) | What::Crash(_) | What::Unheard(_) => true,
            What::Prepare(held) => held.what.is_fault(),
            _ => false,
        }
    }
}

/// The engine that is put on one world after the other.
pub(super) struct Machine {
    pub(super) engine: Engine,
    stage: Stage,
    clock: Arc<ManualClock>,
    pub(super) commands: Vec<FromOutside>,
    /// Whether commands from outside are sent in their order.
    pub(super) in_order: bool,
    /// How many engines there are that hold commits; none when every commit happens as soon as it is worked out.
    pub(super) engines: Option<usize>,
    pub(super) sabotage: Option<Sabotage>,
    /// Whether steps are left out whose order with others makes no difference.
    pub(super) reduces: bool,
    pub(super) memo: RefCell<Memo>,
}

impl Machine {
    pub(super) fn start(domain: &Domain) -> Result<Self, Error> {
        let (stage, clock) = (Stage::default(), Arc::new(ManualClock::default()));
        let engine = domain
            .again()
            .on(stage.clone())
            .clock(Arc::clone(&clock))
            .randomness(CountingRandomness::default())
            .retry(RetryPolicy { attempts: 2, ..RetryPolicy::default() })
            .without_snapshots();
        let engine = at_once(engine.start())?;
        Ok(Machine {
            engine,
            stage,
            clock,
            commands: Vec::new(),
            in_order: false,
            engines: None,
            sabotage: None,
            reduces: true,
            memo: RefCell::default(),
        })
    }

    /// A new store, on which everything happens at once.
    ///
    /// # Errors
    /// A table that cannot be made.
    pub(super) fn open_store(&self) -> Result<MemoryStore, Error> {
        let store = MemoryStore::default();
        at_once(store.prepare(&self.engine.catalog().tables))?;
        self.stage.show(&store, Scene::Open);
        Ok(store)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.now()
    }

    pub(super) fn subscriptions(&self) -> &[Arc<Subscription>] {
        &self.engine.catalog().subscriptions
    }

    /// Puts the engine on a world, for reading.
    pub(super) fn look_at(&self, node: &Node) -> Result<(), Error> {
        self.stage.show(&node.store, Scene::Commits);
        self.clock.set(node.now);
        at_once(self.engine.begin_again())
    }

    /// Lets the engine do something in a world, up to its first commits.
    pub(super) fn attempt(
        &self,
        node: &Node,
        now: Timestamp,
        scene: Scene,
        act: impl FnOnce(&Engine) -> Act<'_>,
    ) -> Result<Attempt, Error> {
        self.stage.show(&node.store, scene);
        self.clock.set(now);
        at_once(self.engine.begin_again())?;
        let ended = poll_once(act(&self.engine));
        let commits = self.stage.attempted();
        match ended {
            std::task::Poll::Ready(Err(error)) if commits.is_empty() => Ok(Attempt::Failed(error)),
            std::task::Poll::Pending if commits.is_empty() => Err(Error::failed(
                "the exploration cannot go on",
                "a handler waits for something outside of the store; give the domain a double that answers at once",
            )),
            _ => Ok(Attempt::Commits(commits.into_iter().map(Arc::new).collect())),
        }
    }

    /// The records that a consumer has not passed.
    pub(super) fn pending(&self, node: &Node, consumer: usize) -> Result<Vec<Arc<Recorded>>, Error> {
        let subscription = &self.subscriptions()[consumer];
        if !node.store.is_behind(&subscription.name, &subscription.interest) {
            return Ok(Vec::new());
        }
        let position = at_once(node.store.checkpoint(&subscription.name))? + 1;
        at_once(node.store.read(ReadFrom::Interest { interest: &subscription.interest, position }, PageLimit::default()))
    }

    /// Everything that can happen next.
    pub(super) fn enabled(&self, node: &Node) -> Result<Vec<Transition>, Error> {
        match self.engines {
            Some(engines) => self.held_and_free(node, engines),
            None => self.at_once(node),
        }
    }

    /// The same, where every commit happens as soon as it is worked out.
    pub(super) fn at_once(&self, node: &Node) -> Result<Vec<Transition>, Error> {
        let mut all = Vec::new();
        for consumer in 0..self.subscriptions().len() {
            let pending = self.pending(node, consumer)?;
            if !pending.is_empty() && self.work(node, consumer, &pending, &mut all)? {
                // Its order with everything else makes no difference: it is enough to let it happen first.
                return Ok(all.split_off(all.len() - 1));
            }
        }
        self.sends(node, &mut all)?;
        let at_rest = all.is_empty() && node.held.is_empty();
        self.late(node, at_rest, &mut all)?;
        if node.left.duplicates > 0 {
            self.repeats(node, &mut all)?;
        }
        if self.engines.is_none() {
            self.redeliveries(node, &mut all)?;
        }
        Ok(all)
    }

    /// What a consumer can do next. True: the last of it can happen first without making a difference to anything.
    fn work(&self, node: &Node, consumer: usize, pending: &[Arc<Recorded>], all: &mut Vec<Transition>) -> Result<bool, Error> {
        let next = |commit| Transition { what: What::Work(consumer), commit: Some(commit), now: node.now, spends: None };
        let attempt = |scene| self.attempt(node, node.now, scene, |engine| Box::pin(engine.work_of(consumer)));
        let commits = match attempt(Scene::Commits)? {
            Attempt::Commits(commits) => commits,
            Attempt::Failed(error) => return Err(error),
        };
        let looked = self.stage.looked();
        let first = commits.first().and_then(|commit| commit.settlement.as_ref()).map(|settlement| settlement.command);
        let only_moves = matches!(&commits[..], [commit] if self.only_moves(commit, consumer));
        all.extend(commits.into_iter().map(next));
        if only_moves && self.reduces && self.is_independent(node, consumer, looked)? {
            return Ok(true);
        }
        if let Consumer::Process(types) = &self.subscriptions()[consumer].consumer {
            let mut others: Vec<&StreamName> = Vec::new();
            for record in pending.iter().filter(|record| types.is_own(record)) {
                let process = &record.metadata.stream;
                if !others.contains(&process)
                    && self.next_command(node, pending, process)?.is_some_and(|next| Some(next) != first)
                {
                    others.push(process);
                }
            }
            for process in others {
                let carried_out = attempt(Scene::CommandsOf(process.clone()))?.commits();
                all.extend(carried_out.into_iter().filter(|commit| commit.settlement.is_some()).map(next));
            }
        }
        if node.left.failures > 0 {
            all.extend(attempt(Scene::Failure)?.commits().into_iter().map(|commit| Transition {
                what: What::Failure(consumer),
                spends: Some(Fault::Failure),
                ..next(commit)
            }));
        }
        Ok(false)
    }

    /// The first command of a process, among those of its transitions that its consumer has not passed, that is not answered.
    fn next_command(&self, node: &Node, pending: &[Arc<Recorded>], process: &StreamName) -> Result<Option<MessageId>, Error> {
        for record in pending.iter().filter(|record| record.metadata.stream == *process) {
            for command in &self.memo.borrow_mut().transition(record)?.transition.issued {
                if at_once(node.store.settlement(command.id))?.is_none() {
                    return Ok(Some(command.id));
                }
            }
        }
        Ok(None)
    }

    /// Whether a commit does nothing but say that a consumer has passed something.
    pub(super) fn only_moves(&self, commit: &Commit, consumer: usize) -> bool {
        let name = &self.subscriptions()[consumer].name;
        commit.appends.iter().all(|append| append.records.is_empty())
            && commit.rows.is_empty()
            && commit.tables.is_empty()
            && commit.parked.is_empty()
            && commit.settlement.is_none()
            && commit.restored.is_none()
            && commit.checkpoints.iter().all(|moved| moved.subscription == *name)
    }

    /// Whether nothing that can happen, now or later, makes a consumer do something else than to pass its message.
    fn is_independent(&self, node: &Node, consumer: usize, looked: bool) -> Result<bool, Error> {
        let subscription = &self.subscriptions()[consumer];
        if node.left.failures > 0 || !at_once(node.store.parked(&subscription.name))?.is_empty() {
            return Ok(false);
        }
        match subscription.consumer {
            // It has decided by its message alone.
            Consumer::Projector(_) | Consumer::EventHandler(_) => Ok(!looked),
            // It has looked at its processes: besides itself, only timers change them.
            Consumer::Process(_) => Ok(self.engines.is_none()
                && node.left.duplicates == 0
                && (node.left.early_timers == 0 || self.first_due(node)?.is_none())),
        }
    }

    fn sends(&self, node: &Node, all: &mut Vec<Transition>) -> Result<(), Error> {
        for (place, command) in self.commands.iter().enumerate().filter(|(place, _)| node.sent & (1 << place) == 0) {
            // Whoever sends it waits for the answer.
            if node.held.iter().any(|held| matches!(held.what, What::Send(sent) if sent == place)) {
                continue;
            }
            let key = Envelope::identified(MessageId::named(&format!("explored {place}")));
            let attempt = self.attempt(node, node.now, Scene::Commits, |engine| (command.execute)(engine, key))?;
            all.extend(sent(&What::Send(place), None, node.now, attempt));
            if self.in_order {
                break;
            }
        }
        Ok(())
    }

    /// The world after something has happened; `None` when that has no effect.
    pub(super) fn after(&self, node: &Node, transition: &Transition) -> Result<Option<Node>, Error> {
        if let Some(next) = self.after_holding(node, transition)? {
            return Ok(Some(next));
        }
        let next = match &transition.commit {
            Some(commit) => node.after(commit, self.sabotage)?,
            None => Some(node.clone()),
        };
        Ok(next.map(|mut next| {
            next.now = next.now.max(transition.now);
            if let What::Send(place) = transition.what {
                next.sent |= 1 << place;
            }
            next.left.spend(transition.spends);
            next
        }))
    }
}

/// What a command from outside leads to. Where it fails, whoever sent it knows, and nothing has happened.
pub(super) fn sent(what: &What, spends: Option<Fault>, now: Timestamp, attempt: Attempt) -> Vec<Transition> {
    let next = |commit| Transition { what: what.clone(), commit, now, spends };
    match attempt.commits() {
        commits if commits.is_empty() => vec![next(None)],
        commits => commits.into_iter().map(|commit| next(Some(commit))).collect(),
    }
}

pub(super) type Act<'a> = BoxFuture<'a, Result<(), Error>>;

/// What became of an attempt.
pub(super) enum Attempt {
    /// These commits were attempted; none when there was nothing to be stored.
    Commits(Vec<Arc<Commit>>),
    /// It failed before it came to a commit.
    Failed(Error),
}

impl Attempt {
    /// The commits; none when it failed before.
    pub(super) fn commits(self) -> Vec<Arc<Commit>> {
        match self {
            Attempt::Commits(commits) => commits,
            Attempt::Failed(_) => Vec::new(),
        }
    }
}

/// The bounds of an exploration for which nothing else is said.
impl Default for Bounds {
    fn default() -> Self {
        Bounds { duplicates: 1, early_timers: 1, failures: 0, crashes: 0 }
    }
}
