//! Every interleaving of a process, by the real engine.
//!
#![doc = include_str!("explore/explore.md")]

mod coverage;
mod digest;
mod fingerprint;
mod holding;
mod label;
mod late;
mod machine;
mod memo;
mod node;
mod paste;
mod property;
mod report;
mod search;
mod stage;
mod world;

#[doc(hidden)]
pub use node::Sabotage;
pub use property::Verdict;
pub use report::{Report, Violation};
pub use search::Progress;
pub use world::{Answer, Issued, Process, World};

use std::time::Instant;

use self::{
    machine::{FromOutside, Machine},
    node::{Bounds, Node},
    paste::{Beginning, GivenEvent},
    property::{Holds, Property},
    search::{Found, Search},
    stage::at_once,
};
use crate::{
    Aggregate, Domain, Engine, Error, Handled, Id, MessageId, Store,
    aggregate::Pending,
    codec,
    store::{Direction, PageLimit, ReadFrom},
    testing::{History, Past},
};

/// More worlds than these are not looked at, unless said otherwise.
const AT_MOST: usize = 1_000_000;

/// Begins an exploration of what a domain can do; see [the module](self).
pub fn explore(domain: Domain) -> Exploration {
    Exploration {
        domain,
        given: Vec::new(),
        commands: Vec::new(),
        in_order: false,
        bounds: Bounds::default(),
        engines: None,
        sabotage: None,
        reduces: true,
        at_most: AT_MOST,
        properties: Vec::new(),
        progress: None,
    }
}

/// An event or a command by its JSON form, for tests that a trace was printed as.
///
/// # Panics
/// When it is none.
pub fn json<T: serde::de::DeserializeOwned>(text: &str) -> T {
    codec::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The identity that is written like this, for tests that a trace was printed as.
///
/// # Panics
/// When it is none.
pub fn id<A: Aggregate>(text: &str) -> Id<A> {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// An exploration that is being put together: what is given, what is asked of the domain, what has to hold.
#[must_use = "it begins with `.run()`"]
pub struct Exploration {
    domain: Domain,
    given: Vec<Give>,
    commands: Vec<FromOutside>,
    in_order: bool,
    bounds: Bounds,
    engines: Option<usize>,
    sabotage: Option<Sabotage>,
    reduces: bool,
    at_most: usize,
    properties: Vec<Property>,
    progress: Option<Box<dyn FnMut(Progress)>>,
}

type Give = Box<dyn FnOnce(&Engine, &mut Vec<GivenEvent>) -> Result<(), Error>>;

impl Exploration {
    /// These events have happened to the aggregate `id`, and everybody has handled them.
    pub fn given<H: History>(mut self, id: Id<H::Aggregate>, history: H) -> Self {
        let past = Past::of(history);
        self.given.push(Box::new(move |engine, given| give(engine, id, past, given)));
        self
    }

    /// These commands are sent, each once and under a key, in every order and at any moment.
    pub fn when<C: Handled>(mut self, commands: impl IntoIterator<Item = C>) -> Self {
        self.commands.extend(commands.into_iter().map(|command| from_outside(command, true)));
        self
    }

    /// These commands are sent by somebody who gives them no key: one that is sent once more, because its answer was not heard, is
    /// another command.
    pub fn when_unkeyed<C: Handled>(mut self, commands: impl IntoIterator<Item = C>) -> Self {
        self.commands.extend(commands.into_iter().map(|command| from_outside(command, false)));
        self
    }

    /// The commands are sent in their order, one after the other.
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// So many messages come a second time; one unless said otherwise.
    pub fn duplicates(mut self, count: u8) -> Self {
        self.bounds.duplicates = count;
        self
    }

    /// So many timers fire while there is something else to be done, as if that took so long; one unless said otherwise. When there is
    /// nothing else, all of them fire.
    pub fn early_timers(mut self, count: u8) -> Self {
        self.bounds.early_timers = count;
        self
    }

    /// So many times the store cannot be reached when a consumer is at work; never unless said otherwise.
    pub fn failures(mut self, count: u8) -> Self {
        self.bounds.failures = count;
        self
    }

    /// So many engines work at the same time, each holding what it has worked out while the others go on: what it commits stands on a
    /// world that may be gone. `crashes`: how many of them are gone before that; [`duplicates`](Exploration::duplicates): how often a
    /// message comes once more, as without this, or one of them does not hear that it has committed, and does so again.
    ///
    /// Without this, every commit happens as soon as it is worked out, which leads to the same ends: what is held too long has no
    /// effect. That this is so is what this is for.
    pub fn engines(mut self, engines: usize, crashes: u8) -> Self {
        (self.engines, self.bounds.crashes) = (Some(engines.max(1)), crashes);
        self
    }

    /// Takes something out of every commit.
    #[doc(hidden)]
    pub fn sabotaged(mut self, sabotage: Sabotage) -> Self {
        self.sabotage = Some(sabotage);
        self
    }

    /// At most so many worlds are looked at; a million unless said otherwise.
    pub fn at_most(mut self, worlds: usize) -> Self {
        self.at_most = worlds;
        self
    }

    /// Every order is gone through, also where it makes no difference: shows that leaving some out leaves nothing out.
    pub fn unreduced(mut self) -> Self {
        self.reduces = false;
        self
    }

    /// Has to hold in every world.
    pub fn always<V: Verdict>(self, name: &'static str, property: impl Fn(&World<'_>) -> V + 'static) -> Self {
        self.property(Property::new(name, Holds::Always, property))
    }

    /// Has to hold in every world in which nothing can happen any more.
    pub fn eventually<V: Verdict>(self, name: &'static str, property: impl Fn(&World<'_>) -> V + 'static) -> Self {
        self.property(Property::new(name, Holds::AtRest, property))
    }

    /// Has to hold in one world at least: that what is to be tested happens at all.
    pub fn sometimes<V: Verdict>(self, name: &'static str, property: impl Fn(&World<'_>) -> V + 'static) -> Self {
        self.property(Property::new(name, Holds::Sometimes, property))
    }

    /// Is told now and then how far an exploration is that takes long.
    pub fn progress(mut self, told: impl FnMut(Progress) + 'static) -> Self {
        self.progress = Some(Box::new(told));
        self
    }

    fn property(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }

    /// Explores, and gives what was found.
    ///
    /// # Panics
    /// When a property does not hold, with the shortest way to where it does not, as a test to paste; when there are more worlds than
    /// it was to look at; when a domain cannot be explored.
    #[track_caller]
    pub fn run(self) -> Report {
        match self.report() {
            Ok(report) if report.holds() => report,
            Ok(report) => panic!("{report}"),
            Err(error) => panic!("{error}"),
        }
    }

    /// Explores, and gives what was found, whatever it is.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) with the faults of the domain; what a domain does that cannot be explored.
    pub fn report(mut self) -> Result<Report, Error> {
        let begun = Instant::now();
        let (machine, root, given) = self.prepare()?;
        let progress: Option<&mut dyn FnMut(Progress)> = match &mut self.progress {
            Some(told) => Some(told),
            None => None,
        };
        let search = Search { machine: &machine, properties: &self.properties, at_most: self.at_most, progress };
        let found = search.run(root.clone())?;
        let violation = match &found.broken {
            Some(broken) => {
                let trace = trace(&machine, root, &broken.choices)?;
                let property = &self.properties[broken.property];
                let beginning = Beginning {
                    given: &given,
                    commands: &machine.commands,
                    bounds: self.bounds,
                    in_order: self.in_order,
                    engines: self.engines,
                };
                let test = paste::test(&beginning, property, &trace);
                Some(Violation { property: property.name, why: broken.why.clone(), trace, test })
            }
            None => None,
        };
        Ok(self.told(&machine, &found, violation, begun))
    }

    fn told(&self, machine: &Machine, found: &Found, violation: Option<Violation>, begun: Instant) -> Report {
        let held = self.properties.iter().zip(&found.held);
        let never = held.filter(|(property, held)| property.holds == Holds::Sometimes && !**held);
        Report {
            worlds: found.worlds,
            steps: found.steps,
            ends: found.rests,
            outcomes: found.outcomes.iter().map(|outcome| outcome.0).collect(),
            deepest: found.deepest,
            complete: found.complete && violation.is_none(),
            elapsed: begun.elapsed(),
            never: if violation.is_some() { Vec::new() } else { never.map(|(property, _)| property.name).collect() },
            unreached: if violation.is_some() { Vec::new() } else { found.coverage.missing(machine) },
            violation,
        }
    }

    /// Goes along one way, the steps that a trace has printed, and asks the properties at each of them.
    ///
    /// # Panics
    /// When a property does not hold, which is what a trace was printed for; when one of the steps cannot happen, naming those that
    /// can.
    #[track_caller]
    pub fn along<const N: usize>(mut self, steps: [&str; N]) {
        if let Err(text) = self.go_along(&steps) {
            panic!("{text}");
        }
    }

    fn go_along(&mut self, steps: &[&str]) -> Result<(), String> {
        let (machine, mut node, _) = self.prepare().map_err(|error| error.to_string())?;
        self.ask(&machine, &node, false, "at the beginning")?;
        for (place, step) in steps.iter().enumerate() {
            let enabled = machine.enabled(&node).map_err(|error| error.to_string())?;
            let labels = machine.labels(&node, &enabled);
            let Some(chosen) = labels.iter().position(|label| label == step) else {
                let can = labels.join("\n  ");
                return Err(format!("step {} cannot happen: {step}\n\nwhat can\n  {can}", place + 1));
            };
            node = match machine.after(&node, &enabled[chosen]).map_err(|error| error.to_string())? {
                Some(next) => next,
                None => return Err(format!("step {} has no effect: {step}", place + 1)),
            };
            self.ask(&machine, &node, false, &format!("after step {}, {step}", place + 1))?;
        }
        let enabled = machine.enabled(&node).map_err(|error| error.to_string())?;
        match enabled.iter().all(|transition| transition.what.is_fault()) {
            true => self.ask(&machine, &node, true, "when nothing can happen any more"),
            false => Ok(()),
        }
    }

    fn ask(&self, machine: &Machine, node: &Node, at_rest: bool, place: &str) -> Result<(), String> {
        let world = World::new(machine, node);
        let asked = if at_rest { Holds::AtRest } else { Holds::Always };
        for property in self.properties.iter().filter(|property| property.holds == asked) {
            property.check(&world).map_err(|why| {
                let why = if why.is_empty() { why } else { format!(" ({why})") };
                format!("not so, {place}: {}{why}", property.name)
            })?;
        }
        Ok(())
    }

    /// Brings the first world to where the exploration begins.
    fn prepare(&mut self) -> Result<(Machine, Node, Vec<GivenEvent>), Error> {
        if self.commands.len() > 64 {
            return Err(Error::invalid(
                "an exploration sends 64 commands at most: beyond a handful there is no end of their orders",
            ));
        }
        let mut machine = Machine::start(&self.domain)?;
        machine.in_order = self.in_order;
        machine.reduces = self.reduces;
        (machine.engines, machine.sabotage) = (self.engines, self.sabotage);
        machine.commands = std::mem::take(&mut self.commands);
        let store = machine.open_store()?;
        let mut given = Vec::new();
        for give in std::mem::take(&mut self.given) {
            give(&machine.engine, &mut given)?;
        }
        at_once(machine.engine.settle())?;
        let log = at_once(store.read(ReadFrom::All { position: 1, direction: Direction::Forwards }, PageLimit::default()))?;
        let root = Node::new(store, machine.now(), self.bounds, &log);
        {
            let mut memo = machine.memo.borrow_mut();
            memo.given = log.len() as u64;
            memo.duplicates = self.bounds.duplicates;
        }
        Ok((machine, root, given))
    }
}

fn from_outside<C: Handled>(command: C, keyed: bool) -> FromOutside {
    FromOutside {
        name: C::NAME,
        payload: codec::to_json(&command).unwrap_or_default(),
        keyed,
        execute: Box::new(move |engine, envelope| {
            let command = command.clone();
            Box::pin(engine.execute_alone(command, envelope))
        }),
    }
}

fn give<A: Aggregate>(engine: &Engine, id: Id<A>, past: Past<A>, given: &mut Vec<GivenEvent>) -> Result<(), Error> {
    let mut aggregate = at_once(engine.find(id))?.unwrap_or_else(|| A::new(id));
    for save in past.saves {
        save.into_iter().for_each(|event| event(&mut aggregate));
        for event in aggregate.root().pending() {
            let (name, payload) = (event.event_type().name, event.encode()?);
            given.push(GivenEvent { aggregate: A::NAME, id: id.to_string(), name, payload });
        }
        let cause = MessageId::named(&format!("given {}", given.len()));
        at_once(engine.store_past(&aggregate, cause, None))?;
        aggregate.root_mut().settle();
    }
    Ok(())
}

/// The lines of a way.
fn trace(machine: &Machine, root: Node, choices: &[u16]) -> Result<Vec<String>, Error> {
    let (mut node, mut lines) = (root, Vec::new());
    for choice in choices {
        let enabled = machine.enabled(&node)?;
        let choice = usize::from(*choice);
        lines.push(machine.labels(&node, &enabled).swap_remove(choice));
        node = machine.after(&node, &enabled[choice])?.ok_or_else(|| {
            Error::failed(
                "the way to a violation cannot be gone again",
                "a step of this domain is not the same when it is done again",
            )
        })?;
    }
    Ok(lines)
}
