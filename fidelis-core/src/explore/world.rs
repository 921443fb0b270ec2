//! A world as properties see it: typed states, nothing of how it came about.

use std::{any::TypeId, sync::Arc};

use super::{machine::Machine, node::Node, stage::at_once};
use crate::{
    Aggregate, Command, Error, Event, Id, MessageKind, Metadata, ProcessManager, Projection, Recorded, Rejection, Store,
    StreamName, codec,
    process::ProcessStatus,
    store::{Direction, Outcome, PageLimit, ReadFrom},
};

/// A world that an exploration has met, for a property to look at.
///
/// ```
/// # use fidelis::{explore::World, prelude::*};
/// # #[event(part_of = Account)] pub struct MoneyMoved { pub by: i64 }
/// # #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// # #[aggregate] impl Account { #[apply] fn on_money_moved(&mut self, event: &MoneyMoved) { self.balance += event.by; } }
/// fn money_is_conserved(world: &World<'_>) -> bool {
///     world.all::<Account>().iter().map(|account| account.balance).sum::<i64>() == 30
/// }
/// ```
pub struct World<'a> {
    machine: &'a Machine,
    node: &'a Node,
}

/// A process, in a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Process<P> {
    /// Its key.
    pub key: String,
    /// How far it is.
    pub status: ProcessStatus,
    /// Why it is undone, needs a person or was ended; as far as it is.
    pub reason: Option<String>,
    /// Its state.
    pub state: P,
}

/// A command that a process has issued, in a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued<C> {
    /// The stream of the process.
    pub process: StreamName,
    /// Whether it is to undo something.
    pub undoes: bool,
    /// The command.
    pub command: C,
    /// What became of it.
    pub answer: Answer,
}

/// What became of a command that a process has issued.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is on its way.
    Waiting,
    /// It was carried out.
    Accepted,
    /// It was refused.
    Refused(Rejection),
}

impl<'a> World<'a> {
    pub(super) fn new(machine: &'a Machine, node: &'a Node) -> Self {
        World { machine, node }
    }

    /// All aggregates of a type, in the order in which they came to be.
    ///
    /// # Panics
    /// When one of them cannot be read, as do all that follow here; the exploration says so.
    pub fn all<A: Aggregate>(&self) -> Vec<Arc<A>> {
        let category = format!("{}::{}", self.machine.engine.domain(), A::STREAM);
        let streams = self.node.streams.iter().filter(|(stream, _)| stream.category() == category);
        streams.filter_map(|(stream, content)| Some(self.state(Id::from_uuid(stream.id().parse().ok()?), *content))).collect()
    }

    /// The aggregate with this identity; `None` when nothing has happened to it.
    pub fn find<A: Aggregate>(&self, id: Id<A>) -> Option<Arc<A>> {
        let stream = StreamName::new(&format!("{}::{}", self.machine.engine.domain(), A::STREAM), id);
        let (_, content) = self.node.streams.iter().find(|(known, _)| *known == stream)?;
        Some(self.state(id, *content))
    }

    fn state<A: Aggregate>(&self, id: Id<A>, content: u128) -> Arc<A> {
        let key = (TypeId::of::<A>(), content);
        let known = self.machine.memo.borrow().typed.get(&key).cloned();
        if let Some(state) = known.and_then(|known| known.downcast::<A>().ok()) {
            return state;
        }
        let state = Arc::new(read(self.machine.look_at(self.node).and_then(|()| at_once(self.machine.engine.replay(id)))));
        self.machine.memo.borrow_mut().typed.insert(key, Arc::<A>::clone(&state) as _);
        state
    }

    /// All processes of a type, in the order in which they began.
    pub fn processes<P: ProcessManager>(&self) -> Vec<Process<P>> {
        let category = format!("{}::{}", self.machine.engine.domain(), P::STREAM);
        let mut memo = self.machine.memo.borrow_mut();
        let streams = self.node.streams.iter().filter(|(stream, _)| stream.category() == category);
        streams
            .filter_map(|(stream, _)| {
                let last = &read(memo.last(&self.node.store, stream))?.transition;
                Some(Process {
                    key: stream.id().to_owned(),
                    status: last.status,
                    reason: last.reason.clone(),
                    state: read(codec::from_json(&last.state.0).map_err(Error::from)),
                })
            })
            .collect()
    }

    /// The commands of a type that processes have issued, with what became of them: what is in flight, and what was done.
    pub fn issued<C: Command>(&self) -> Vec<Issued<C>> {
        let mut issued = Vec::new();
        for record in self.log().iter().filter(|record| record.metadata.kind == MessageKind::Transition) {
            let known = read(self.machine.memo.borrow_mut().transition(record));
            for command in known.transition.issued.iter().filter(|command| command.name == C::NAME) {
                let settlement = read(at_once(self.node.store.settlement(command.id)));
                issued.push(Issued {
                    process: record.metadata.stream.clone(),
                    undoes: known.transition.undoes,
                    command: read(codec::from_json(&command.payload.0).map_err(Error::from)),
                    answer: match settlement.map(|settlement| settlement.outcome) {
                        None => Answer::Waiting,
                        Some(Outcome::Accepted(_)) => Answer::Accepted,
                        Some(Outcome::Rejected(why)) => Answer::Refused(why),
                    },
                });
            }
        }
        issued
    }

    /// All rows of a read model.
    pub fn rows<P: Projection>(&self) -> Vec<P> {
        read(self.machine.look_at(self.node).and_then(|()| at_once(self.machine.engine.query::<P>().all())))
    }

    /// The events of a type, with where they come from.
    ///
    /// Worlds that differ in nothing but the order of what happened are met once: which of those orders this is, is left open.
    pub fn events<E: Event>(&self) -> Vec<(E, Metadata)> {
        let name = self.machine.engine.catalog().type_name(&crate::EventType::of::<E>());
        let records = self.log().into_iter().filter(|record| record.metadata.type_name == name);
        records.map(|record| (read(record.decode()), record.metadata.clone())).collect()
    }

    /// The log, in one of the orders that lead to this world.
    pub fn log(&self) -> Vec<Arc<Recorded>> {
        let all = ReadFrom::All { position: 1, direction: Direction::Forwards };
        read(at_once(self.node.store.read(all, PageLimit::default())))
    }

    /// What consumers have set aside, each with the reason of the first.
    pub fn parked(&self) -> Vec<(Arc<str>, String)> {
        let subscriptions = self.machine.subscriptions().iter();
        let parked = subscriptions.flat_map(|subscription| read(at_once(self.node.store.parked(&subscription.name))));
        parked.filter_map(|message| Some((message.subscription, message.failure?.error))).collect()
    }
}

/// # Panics
/// When it cannot be read.
fn read<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}
