//! Aggregates: state that changes by events only, and the rules it keeps.
//!
//! The attributes write the traits below; written by hand they read the same. An aggregate carries one generated field,
//! its [`Root`]: identity, version and the events not yet stored.

mod invariant;
mod raise;
mod root;
mod storage;
#[cfg(test)]
mod tests;

pub(crate) use invariant::first_broken;
pub use invariant::{Invariant, Invariants};
pub(crate) use raise::happened;
pub use root::Root;
pub(crate) use storage::Raises;
pub use storage::{EventSourced, Pending, StateStored, Storage};

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Event, EventType, Id, PartOf, Rejection, Validated,
    codec::{self, PayloadError},
};

/// A state with an identity, changed by events. Written with `#[aggregate] struct`.
///
/// ```
/// use fidelis::prelude::*;
///
/// #[event(part_of = Counter)]
/// pub struct Counted { pub by: u32 }
///
/// #[aggregate(event_sourced)]
/// pub struct Counter { pub total: u32 }
///
/// #[aggregate]
/// impl Counter {
///     pub fn count(&mut self, by: u32) -> Result<(), Rejection> {
///         self.raise(Counted { by })
///     }
///
///     #[apply]
///     fn on_counted(&mut self, event: &Counted) { self.total += event.by; }
///
///     #[invariant(post)]
///     fn total_stays_below_ten(&self) -> Result<(), Rejection> {
///         ensure!(self.total < 10, total: "the counter ends at 9")
///     }
/// }
///
/// let mut counter = Counter::new(Id::named("door"));
/// counter.count(7)?;
/// assert!(counter.count(7).is_err());
/// assert_eq!((counter.total, counter.version()), (7, Some(0)));
/// # Ok::<(), Rejection>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not declared with `#[aggregate]`",
    note = "declare it `#[aggregate] struct {Self} {{ .. }}`, with an `#[aggregate] impl {Self} {{ .. }}`"
)]
pub trait Aggregate:
    Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Validated + Invariants + Send + Sync + 'static
{
    /// The name of the type, such as `Account`.
    const NAME: &'static str;
    /// The name of its streams without the domain, such as `account`.
    const STREAM: &'static str;
    /// Whether a history that breaks a rule is refused when it is replayed.
    const ON_REPLAY: OnReplay = OnReplay::Enforce;
    /// A fingerprint of how the type is written, made by the attribute: when it changes, its snapshots are discarded. Whoever writes
    /// the type by hand changes it with the fields.
    const DEFINITION: u64 = 0;
    /// What the aggregate's state is rebuilt from.
    type Storage: Storage<Self>;
    /// How its facts are made; [`NoFacts`] for an aggregate without `fact_events`.
    type Facts: Facts<Self>;

    /// The generated field.
    fn root(&self) -> &Root<Self>;

    /// The generated field, to change it.
    fn root_mut(&mut self) -> &mut Root<Self>;

    /// Becomes a copy of another aggregate, field by field: what has room keeps it, so that a text is copied and not allocated.
    fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    /// An aggregate to which nothing has happened yet.
    fn new(id: Id<Self>) -> Self {
        let mut aggregate = Self::default();
        *aggregate.root_mut() = Root::new(id);
        aggregate
    }

    /// Its identity.
    fn id(&self) -> Id<Self> {
        self.root().id()
    }

    /// The position of its last event, from 0; `None` before the first.
    fn version(&self) -> Option<u64> {
        self.root().version()
    }

    /// Lets an event happen: applies it, checks every rule, and keeps it to be stored.
    ///
    /// # Errors
    /// What the rules refuse, all of it. State, version and pending events are then exactly as before.
    fn raise<E: PartOf<Self>>(&mut self, event: E) -> Result<(), Rejection>
    where
        Self::Storage: Raises<Self, E>,
    {
        raise::raise(self, event)
    }

    /// Raises several events as one: post-invariants are checked once, after the last.
    ///
    /// # Errors
    /// What `change` or the rules refuse. State, version and pending events are then exactly as before.
    fn atomically<T>(&mut self, change: impl FnOnce(&mut Self) -> Result<T, Rejection>) -> Result<T, Rejection> {
        raise::atomically(self, change)
    }
}

/// What replay does with a history that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReplay {
    /// Refuses to load the aggregate; the error names it, the version, the event and the rule.
    Enforce,
    /// Loads it and reports the breach as a warning: for histories older than a rule.
    Report,
}

/// Changes the state by one event. Written with `#[apply]`.
#[diagnostic::on_unimplemented(
    message = "event `{E}` of aggregate `{Self}` has no `#[apply]` handler",
    label = "no handler applies this event to `{Self}`",
    note = "add to `#[aggregate] impl {Self}`: `#[apply] fn on_..(&mut self, event: &{E}) {{ .. }}`"
)]
pub trait Apply<E: PartOf<Self>>: Aggregate {
    /// Changes the state; cannot fail and does nothing else.
    fn apply(&mut self, event: &E);
}

/// Closed dispatch over all events of an aggregate. Written by `#[aggregate] impl`, from its `#[apply]` methods.
#[diagnostic::on_unimplemented(
    message = "event-sourced aggregate `{Self}` has no `#[apply]` handlers",
    label = "its state cannot be rebuilt from events",
    note = "write `#[aggregate] impl {Self} {{ .. }}` with one `#[apply]` method per event"
)]
pub trait Replay: Aggregate {
    /// Any one of its events.
    type Event: EventSet;
    /// A fingerprint of how the `#[aggregate] impl` block is written, made by the attribute: when what applies events changes,
    /// snapshots are discarded.
    const DEFINITION: u64 = 0;

    /// Applies an event without checking rules.
    fn replay(&mut self, event: &Self::Event);
}

/// The events of one aggregate as one type: a generated enum.
pub trait EventSet: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Every event; an event's place is its [`index`](EventSet::index).
    const EVENTS: &'static [EventType];

    /// Which event it is: a place in [`EVENTS`](EventSet::EVENTS).
    fn index(&self) -> usize;

    /// Encodes the event.
    ///
    /// # Errors
    /// When the event has no JSON form.
    fn encode(&self) -> Result<Box<str>, PayloadError>;

    /// Decodes the `index`-th event.
    ///
    /// # Errors
    /// When the payload is not that event.
    ///
    /// # Panics
    /// When `index` is not a place in [`EVENTS`](EventSet::EVENTS).
    fn decode(index: usize, payload: &str) -> Result<Self, PayloadError>;
}

/// How an aggregate's facts are made.
pub trait Facts<A: Aggregate> {
    /// The type of its facts, if it has any.
    const FACT: Option<EventType>;

    /// The fact that states what `aggregate` is now, encoded.
    ///
    /// # Errors
    /// When the state has no JSON form.
    fn encode(aggregate: &A) -> Result<Box<str>, PayloadError>;

    /// What is lost when `payload`, an encoded fact of `aggregate`, is read again, in words; `None` when it is the same fact.
    fn lost_in(aggregate: &A, payload: &str) -> Option<String>;
}

/// For aggregates without `fact_events`.
#[derive(Clone, Copy, Debug)]
pub enum NoFacts {}

impl<A: Aggregate> Facts<A> for NoFacts {
    const FACT: Option<EventType> = None;

    fn encode(_: &A) -> Result<Box<str>, PayloadError> {
        unreachable!("an aggregate without a fact type is never asked for one")
    }

    fn lost_in(_: &A, _: &str) -> Option<String> {
        None
    }
}

/// An event that states the whole of an aggregate. Written by `#[aggregate(fact_events)]`.
pub trait Fact: Event {
    /// The fact that states what `aggregate` is now.
    fn of(aggregate: &Self::Aggregate) -> Self;
}

impl<F: Fact> Facts<F::Aggregate> for F {
    const FACT: Option<EventType> = Some(EventType::of::<F>());

    fn encode(aggregate: &F::Aggregate) -> Result<Box<str>, PayloadError> {
        codec::to_json(&F::of(aggregate))
    }

    fn lost_in(aggregate: &F::Aggregate, payload: &str) -> Option<String> {
        storage::lost_in(payload, Some(&F::of(aggregate)), codec::from_json, codec::to_json)
    }
}
