//! A process that does what it is told: each event says what its step is to ask for.

use std::sync::Arc;

use fidelis::{ManualClock, SignedDuration, Store, StreamName, block_on, prelude::*, process::Transition};
use serde::{Deserialize, Serialize};

use crate::troubled::log_of;

fidelis::domain!("errands");

/// What a step asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act {
    /// Go to this place; a refusal is for a person.
    Go(String),
    /// Go there; nobody has thought of a refusal.
    Must(String),
    Applaud(String),
    /// The timer `first`, `second` or `broken`, after so many nanoseconds.
    Start(String, i64),
    Restart(String, i64),
    Cancel(String),
    /// The step on the timer `broken` works from now on.
    Mend,
    Complete,
    /// The step fails.
    Fail,
}

#[event(part_of = Place)]
pub struct Built {
    pub is_open: bool,
}

#[event(part_of = Place)]
pub struct Visited {}

#[event(part_of = Place)]
pub struct Applauded {}

#[event(part_of = Place)]
pub struct Told {
    pub errand: String,
    pub acts: Vec<Act>,
}

/// Somebody goes there, or tells somebody else to.
#[aggregate(event_sourced)]
pub struct Place {
    pub is_open: bool,
    pub visits: u32,
    pub applause: u32,
}

#[aggregate]
impl Place {
    #[apply]
    fn on_built(&mut self, event: &Built) {
        self.is_open = event.is_open;
    }

    #[apply]
    fn on_visited(&mut self, _: &Visited) {
        self.visits += 1;
    }

    #[apply]
    fn on_applauded(&mut self, _: &Applauded) {
        self.applause += 1;
    }

    #[apply]
    fn on_told(&mut self, _: &Told) {}
}

/// Builds it, or opens and closes it.
#[command(part_of = Place)]
pub struct Build {
    #[identifier]
    pub id: Id<Place>,
    pub is_open: bool,
}

#[command(part_of = Place)]
pub struct Tell {
    pub errand: String,
    pub acts: Vec<Act>,
}

#[command(part_of = Place)]
pub struct Go {
    #[identifier]
    pub id: Id<Place>,
}

#[command(part_of = Place)]
pub struct Must {
    #[identifier]
    pub id: Id<Place>,
}

#[command(part_of = Place)]
pub struct Applaud {
    #[identifier]
    pub id: Id<Place>,
}

#[derive(Default)]
pub struct Warden;

impl Place {
    fn visit(&mut self) -> Result<(), Rejection> {
        // As when somebody's own words are in the reason.
        ensure!(self.is_open, place: "closed\0 for today");
        self.raise(Visited {})
    }
}

#[command_handler(part_of = Place)]
impl Warden {
    #[handle]
    async fn build(&self, command: Build, ctx: &Context) -> Result<(), HandlerError> {
        let mut place = ctx.find(command.id).await?.unwrap_or_else(|| Place::new(command.id));
        place.raise(Built { is_open: command.is_open })?;
        ctx.save(place)?;
        Ok(())
    }

    #[handle]
    fn tell(&self, command: Tell, id: Id<Place>) -> Result<Place, Rejection> {
        let mut place = Place::new(id);
        place.raise(Told { errand: command.errand, acts: command.acts })?;
        Ok(place)
    }

    #[handle]
    fn go(&self, _: Go, place: &mut Place) -> Result<(), Rejection> {
        place.visit()
    }

    #[handle]
    fn must(&self, _: Must, place: &mut Place) -> Result<(), Rejection> {
        place.visit()
    }

    #[handle]
    fn applaud(&self, _: Applaud, place: &mut Place) -> Result<(), Rejection> {
        place.raise(Applauded {})
    }
}

/// Applauds whoever comes.
#[derive(Default)]
pub struct Crowd;

#[event_handler(part_of = Place)]
impl Crowd {
    #[handle]
    async fn on_visited(&self, _: &Visited, meta: &Metadata, ctx: &Context) -> Result<(), HandlerError> {
        let id = meta.stream.id().parse()?;
        Ok(ctx.process(Applaud { id }).await?)
    }
}

#[process_manager(correlate = errand)]
pub struct Errand {
    pub errand: String,
    pub fired: Vec<String>,
    pub is_mended: bool,
}

#[process_manager(never_rejected = [Must, Applaud])]
impl Errand {
    #[handle(start, correlate = errand)]
    fn on_first_told(&mut self, event: &Told, then: &mut Effects<Self>) {
        self.act(&event.acts, then);
    }

    #[handle(correlate = errand)]
    fn on_told(&mut self, event: &Told, then: &mut Effects<Self>) {
        self.act(&event.acts, then);
    }

    #[handle(issued)]
    fn on_applauded(&mut self, _: &Applauded) {
        self.fired.push("applauded".into());
    }

    #[on_rejected]
    fn on_go_rejected(&mut self, _: &Go, why: &Rejection, then: &mut Effects<Self>) {
        then.need_person(why.to_string());
    }

    #[on_timeout("first")]
    fn on_first(&mut self) {
        self.fired.push("first".into());
    }

    #[on_timeout("second")]
    fn on_second(&mut self) {
        self.fired.push("second".into());
    }

    #[on_timeout("broken")]
    fn on_broken(&mut self) {
        assert!(self.is_mended, "it is broken");
        self.fired.push("broken".into());
    }

    fn act(&mut self, acts: &[Act], then: &mut Effects<Self>) {
        let timer = |name: &str| match name {
            "first" => Self::FIRST,
            "second" => Self::SECOND,
            _ => Self::BROKEN,
        };
        for act in acts {
            match act {
                Act::Go(place) => then.issue(Go { id: Id::named(place) }),
                Act::Must(place) => then.issue(Must { id: Id::named(place) }),
                Act::Applaud(place) => then.issue(Applaud { id: Id::named(place) }),
                Act::Start(name, nanos) => then.start_timer(timer(name), SignedDuration::from_nanos(*nanos)),
                Act::Restart(name, nanos) => then.restart_timer(timer(name), SignedDuration::from_nanos(*nanos)),
                Act::Cancel(name) => then.cancel_timer(timer(name)),
                Act::Mend => self.is_mended = true,
                Act::Complete => then.mark_as_complete(),
                Act::Fail => panic!("broken\0 by somebody"),
            }
        }
    }
}

/// An engine on a store, with a clock that a test moves.
pub struct Office {
    pub clock: Arc<ManualClock>,
    pub engine: Engine,
}

impl Office {
    pub fn on(store: impl Store) -> Self {
        let clock = Arc::new(ManualClock::default());
        Office { engine: block_on(domain().on(store).clock(Arc::clone(&clock)).start()).unwrap(), clock }
    }

    /// Another engine, as after a crash.
    pub fn again(self, store: impl Store) -> Self {
        let engine = block_on(domain().on(store).clock(Arc::clone(&self.clock)).start()).unwrap();
        Office { engine, ..self }
    }

    pub fn build(&self, place: &str, is_open: bool) {
        let _ = block_on(self.engine.process(Build { id: Id::named(place), is_open })).unwrap();
    }

    pub fn place(&self, place: &str) -> Place {
        block_on(self.engine.load(Id::named(place))).unwrap()
    }

    pub fn tell(&self, errand: &str, acts: impl Into<Vec<Act>>) {
        let receipt = block_on(self.engine.process(Tell { errand: errand.into(), acts: acts.into() })).unwrap();
        assert_eq!(receipt.lagging, []);
    }

    pub fn pass(&self, duration: SignedDuration) {
        self.clock.advance(duration);
        block_on(self.engine.settle()).unwrap();
    }

    pub fn last(&self, errand: &str) -> Transition {
        block_on(self.engine.inspect_process(&stream(errand), 1)).unwrap().last().clone()
    }

    pub fn state(&self, errand: &str) -> Errand {
        serde_json::from_str(&self.last(errand).state.0).unwrap()
    }

    /// All steps, with the process each belongs to.
    pub fn steps(&self) -> Vec<(String, Transition)> {
        let log = log_of(self.engine.store());
        let own = log.iter().filter(|record| record.metadata.kind == fidelis::MessageKind::Transition);
        own.map(|record| (record.metadata.stream.id().to_owned(), Transition::of(record).unwrap())).collect()
    }
}

pub fn stream(errand: &str) -> StreamName {
    StreamName::new("errands::errand", errand)
}
