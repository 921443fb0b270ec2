//! The world a test plays in: the user's domain on an engine of its own, in memory, with a clock that only the test moves.

mod crashing;
mod proofs;

use std::{any::Any, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use self::crashing::Crashing;
use super::{
    expected::Seen,
    failure::Failure,
    history::Past,
    story::{Label, Line, Story},
};
use crate::{
    Aggregate, Clock, CountingRandomness, Domain, Engine, Envelope, Error, Handled, Id, ManualClock, MessageId, MessageKind,
    Output, Randomness, Recorded, Rejection, StreamName, TypeName,
    aggregate::Pending,
    block_on, codec,
    engine::{Trace, TracedCommand},
    process::Transition,
    store::{Direction, PageLimit, ReadFrom},
};

/// A test's own world.
pub struct World {
    pub(super) engine: Engine,
    domain: Domain,
    store: Crashing,
    randomness: Arc<CountingRandomness>,
    clock: Arc<ManualClock>,
    trace: Arc<Trace>,
    identities: CountingRandomness,
    pub(super) story: Story,
    /// Aggregates as the events given so far leave them.
    pasts: Vec<Box<dyn Any>>,
}

/// From where on a test looks: what its last `when` began with.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    position: u64,
    commands: usize,
}

/// What became of a command.
pub(super) struct Done<T> {
    pub(super) outcome: Result<T, Error>,
    /// The answer, for people.
    pub(super) answer: String,
}

impl World {
    pub(super) fn start(domain: Domain) -> Result<World, Failure> {
        let (clock, trace) = (Arc::new(ManualClock::default()), Arc::new(Trace::default()));
        let (store, randomness) = (Crashing::default(), Arc::new(CountingRandomness::default()));
        let engine = start(&domain, &store, &clock, &randomness, &trace)?;
        let (identities, story, pasts) = (CountingRandomness::default(), Story::default(), Vec::new());
        Ok(World { engine, domain, store, randomness, clock, trace, identities, story, pasts })
    }

    /// From the next commit on so many happen; then the program is gone, and is started again.
    pub(super) fn crash_after(&mut self, commits: usize) {
        self.story.tell(Line::Words("given", format!("a crash after {commits} commits")));
        self.store.crash_after(commits);
    }

    /// Another engine on the same store: nothing in memory is left.
    pub(super) fn restart(&mut self) -> Result<(), Failure> {
        self.engine = start(&self.domain, &self.store, &self.clock, &self.randomness, &self.trace)?;
        Ok(())
    }

    /// Does something, and once more after each crash.
    fn survive<T>(&mut self, act: impl Fn(&Engine) -> Result<T, Error>) -> Result<Result<T, Error>, Failure> {
        loop {
            let done = act(&self.engine);
            if !self.store.revive() {
                return Ok(done);
            }
            self.story.tell(Line::Words("", "a crash, and a new start".to_owned()));
            self.restart()?;
        }
    }

    /// Says that a command is going to be refused.
    pub(super) fn tell_rejection(&mut self, command: &str, why: &Rejection) {
        self.story.tell(Line::Words("given", format!("the next `{command}` is refused: {why}")));
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        Ok(self.survive(|engine| block_on(engine.settle()))??)
    }

    /// Stores what has happened to an aggregate, and lets every consumer handle it. `named`: the story says whose events they are.
    pub(super) fn happened<A: Aggregate>(&mut self, label: Label, named: bool, id: Id<A>, past: Past<A>) -> Result<(), Failure> {
        self.happened_to(label, named, id, past, None)
    }

    /// The same, caused by a command that a process issued.
    pub(super) fn happened_to<A: Aggregate>(
        &mut self,
        label: Label,
        named: bool,
        id: Id<A>,
        past: Past<A>,
        process: Option<StreamName>,
    ) -> Result<(), Failure> {
        let from = self.window();
        let mut aggregate = self.past_of(id)?;
        for save in past.saves {
            save.into_iter().for_each(|event| event(&mut aggregate));
            for event in aggregate.root().pending() {
                let payload = event.encode().map_err(Error::from)?;
                let whose = named.then(|| format!("`{}` {id}", A::NAME));
                self.story.tell(Line::Event(label, event.event_type().name, payload, whose));
            }
            let cause = self.new_message();
            self.survive(|engine| block_on(engine.store_past(&aggregate, cause, process.clone())))??;
            aggregate.root_mut().settle();
        }
        self.pasts.push(Box::new(aggregate));
        self.settle()?;
        for record in self.records(from)?.into_iter().filter(|record| record.metadata.kind == MessageKind::Transition) {
            self.story.tell(Line::Words("", step(&record)?));
        }
        self.prove(from, false)
    }

    /// An aggregate as what was given of it leaves it: rules are not asked, as they would be by a replay.
    fn past_of<A: Aggregate>(&mut self, id: Id<A>) -> Result<A, Failure> {
        let stream = StreamName::new(&format!("{}::{}", self.engine.domain(), A::STREAM), id);
        let stored = block_on(self.engine.store().version(&stream))?;
        let known = self.pasts.iter().position(|past| past.downcast_ref::<A>().is_some_and(|past| past.id() == id));
        let known = known.map(|index| self.pasts.swap_remove(index)).and_then(|past| past.downcast::<A>().ok());
        match known.filter(|past| past.version() == stored) {
            Some(past) => Ok(*past),
            None => Ok(block_on(self.engine.find(id))?.unwrap_or_else(|| A::new(id))),
        }
    }

    /// Processes a command under a key of its own, proves what holds for every command, and lets every consumer handle what
    /// follows.
    pub(super) fn process<C: Handled>(&mut self, label: Label, command: C) -> Result<Done<C::Output>, Failure> {
        let window = self.window();
        self.story.tell(Line::Command(label, C::NAME, codec::to_json(&command).unwrap_or_default()));
        let envelope = Envelope::identified(self.new_message());
        let processed = self.survive(|engine| block_on(engine.process_with(command.clone(), envelope.clone())))?;
        let outcome = processed.map(|receipt| receipt.value);
        let answer = told(&outcome);
        self.story.tell(Line::Answer(answer.clone()));
        if outcome.is_err() {
            self.prove_nothing_stored(window)?;
        }
        self.prove_repeatable(command, envelope, &outcome, &answer)?;
        self.settle()?;
        self.tell_what_came(window)?;
        self.prove(window, true)?;
        Ok(Done { outcome, answer })
    }

    /// Sets the clock and does what is due then.
    pub(super) fn set_clock(&mut self, time: Timestamp) -> Result<(), Failure> {
        self.story.tell(Line::Words("at", time.to_string()));
        let window = self.window();
        self.move_clock(time)?;
        self.tell_what_came(window)
    }

    /// Lets time pass, and does on the way what is due, when it is due.
    pub(super) fn pass(&mut self, duration: SignedDuration) -> Result<(), Failure> {
        self.story.tell(Line::Words("after", format!("{duration:#}")));
        let window = self.window();
        let end = self.engine.now().saturating_add(duration).map_err(|error| Failure::new(error.to_string()))?;
        while let Some(due) = self.engine.next_due().filter(|due| *due > self.engine.now() && *due <= end) {
            self.move_clock(due)?;
        }
        self.move_clock(end)?;
        self.tell_what_came(window)
    }

    fn move_clock(&mut self, time: Timestamp) -> Result<(), Failure> {
        self.clock.set(time);
        self.settle()
    }

    /// From now on.
    pub(super) fn window(&self) -> Window {
        // A memory store answers always.
        let position = block_on(self.engine.store().head()).unwrap_or_default();
        Window { position, commands: self.trace.len() }
    }

    /// What was stored since then.
    pub(super) fn records(&self, window: Window) -> Result<Vec<Arc<Recorded>>, Failure> {
        let (mut records, mut position) = (Vec::new(), window.position + 1);
        loop {
            let from = ReadFrom::All { position, direction: Direction::Forwards };
            let page = block_on(self.engine.store().read(from, PageLimit::default()))?;
            let Some(last) = page.last() else {
                return Ok(records);
            };
            position = last.metadata.global_position + 1;
            records.extend(page);
        }
    }

    /// The commands that consumers and other commands issued since then.
    pub(super) fn issued(&self, window: Window) -> Vec<Seen> {
        self.issued_commands(window).map(|command| self.seen(command)).collect()
    }

    fn issued_commands(&self, window: Window) -> impl Iterator<Item = TracedCommand> {
        self.trace.commands(window.commands).into_iter().filter(|command| command.causation_id.is_some())
    }

    fn seen(&self, command: TracedCommand) -> Seen {
        let type_name = TypeName::new(self.engine.domain(), command.name, command.version);
        Seen { type_name, kind: MessageKind::Command, stream: None, payload: command.payload }
    }

    /// What consumers could not handle, in lines.
    pub(super) fn parked(&self) -> Result<Vec<[String; 2]>, Failure> {
        let parked = block_on(self.engine.parked())?;
        Ok(parked.into_iter().filter_map(|message| Some([message.subscription.to_string(), message.failure?.error])).collect())
    }

    /// Adds to the story what came since then: events, each with the commands it led to.
    fn tell_what_came(&mut self, window: Window) -> Result<(), Failure> {
        let mut issued: Vec<TracedCommand> = self.issued_commands(window).collect();
        for record in self.records(window)? {
            let id = record.metadata.id;
            match record.metadata.kind {
                MessageKind::Event => self.story.tell(Line::Came(record)),
                MessageKind::Transition => self.story.tell(Line::Words("", step(&record)?)),
                _ => continue,
            }
            for command in issued.extract_if(.., |command| command.causation_id == Some(id)) {
                let line = Line::Issued(self.seen(command));
                self.story.tell(line);
            }
        }
        // What commands issued by themselves.
        for command in issued {
            let line = Line::Issued(self.seen(command));
            self.story.tell(line);
        }
        Ok(())
    }

    fn new_message(&self) -> MessageId {
        MessageId::from_uuid(self.identities.uuid(self.clock.now()))
    }
}

/// A step of a process, in words.
fn step(record: &Recorded) -> Result<String, Error> {
    let step = Transition::of(record)?;
    let reason = step.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    Ok(format!("+ `{}` of {}: {}{reason}", step.step, record.metadata.stream, step.status))
}

fn start(
    domain: &Domain,
    store: &Crashing,
    clock: &Arc<ManualClock>,
    randomness: &Arc<CountingRandomness>,
    trace: &Arc<Trace>,
) -> Result<Engine, Error> {
    let engine = domain.again().on(store.clone()).clock(Arc::clone(clock)).randomness(Arc::clone(randomness));
    block_on(engine.traced(Arc::clone(trace)).start())
}

/// What became of a command, in words.
pub(super) fn told<T: Output>(outcome: &Result<T, Error>) -> String {
    match outcome.as_ref().map(codec::to_json) {
        Ok(Ok(nothing)) if *nothing == *"null" => "accepted".to_owned(),
        Ok(Ok(answer)) => format!("accepted: {answer}"),
        Ok(Err(error)) => format!("accepted, with an answer that cannot be written: {error}"),
        Err(error) => error.to_string(),
    }
}
