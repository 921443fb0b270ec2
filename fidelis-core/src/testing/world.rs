//! The world a test plays in: the user's domain on an engine of its own, in memory, with a clock that only the test moves.

mod proofs;

use std::{any::Any, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    expected::Seen,
    failure::Failure,
    history::Past,
    story::{Label, Line, Story},
};
use crate::{
    Aggregate, Clock, CountingRandomness, Domain, Engine, Envelope, Error, Handled, Id, ManualClock, MemoryStore, MessageId,
    MessageKind, Output, Randomness, Recorded, StreamName, TypeName,
    aggregate::Pending,
    block_on, codec,
    engine::{Trace, TracedCommand},
    store::{Direction, PageLimit, ReadFrom},
};

/// A test's own world.
pub struct World {
    pub(super) engine: Engine,
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
        let engine = domain
            .on(MemoryStore::default())
            .clock(Arc::clone(&clock))
            .randomness(CountingRandomness::default())
            .traced(Arc::clone(&trace));
        let engine = block_on(engine.start())?;
        let (identities, story, pasts) = (CountingRandomness::default(), Story::default(), Vec::new());
        Ok(World { engine, clock, trace, identities, story, pasts })
    }

    /// Stores what has happened to an aggregate, and lets every consumer handle it. `named`: the story says whose events they are.
    pub(super) fn happened<A: Aggregate>(&mut self, label: Label, named: bool, id: Id<A>, past: Past<A>) -> Result<(), Failure> {
        let from = self.window();
        let mut aggregate = self.past_of(id)?;
        for save in past.saves {
            save.into_iter().for_each(|event| event(&mut aggregate));
            for event in aggregate.root().pending() {
                let payload = event.encode().map_err(Error::from)?;
                let whose = named.then(|| format!("`{}` {id}", A::NAME));
                self.story.tell(Line::Event(label, event.event_type().name, payload, whose));
            }
            block_on(self.engine.store_past(&aggregate, self.new_message()))?;
            aggregate.root_mut().settle();
        }
        self.pasts.push(Box::new(aggregate));
        block_on(self.engine.settle())?;
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
        let outcome = block_on(self.engine.process_with(command.clone(), envelope.clone())).map(|receipt| receipt.value);
        let answer = told(&outcome);
        self.story.tell(Line::Answer(answer.clone()));
        if outcome.is_err() {
            self.prove_nothing_stored(window)?;
        }
        self.prove_repeatable(command, envelope, &outcome, &answer)?;
        block_on(self.engine.settle())?;
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

    fn move_clock(&self, time: Timestamp) -> Result<(), Failure> {
        self.clock.set(time);
        Ok(block_on(self.engine.settle())?)
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
        for record in self.records(window)?.into_iter().filter(|record| record.metadata.kind == MessageKind::Event) {
            let id = record.metadata.id;
            self.story.tell(Line::Came(record));
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

/// What became of a command, in words.
pub(super) fn told<T: Output>(outcome: &Result<T, Error>) -> String {
    match outcome.as_ref().map(codec::to_json) {
        Ok(Ok(nothing)) if *nothing == *"null" => "accepted".to_owned(),
        Ok(Ok(answer)) => format!("accepted: {answer}"),
        Ok(Err(error)) => format!("accepted, with an answer that cannot be written: {error}"),
        Err(error) => error.to_string(),
    }
}
