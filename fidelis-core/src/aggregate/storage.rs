//! What an aggregate's state is rebuilt from: its events, or the state itself.

use std::fmt;

use super::{Aggregate, Apply, EventSet, Replay};
use crate::{
    EventType, PartOf,
    codec::{self, PayloadError},
};

/// State is rebuilt from events: every event needs an `#[apply]`.
#[derive(Clone, Copy, Debug)]
pub enum EventSourced {}

/// State is stored as such beside its events: no event needs an `#[apply]`.
#[derive(Clone, Copy, Debug)]
pub enum StateStored {}

/// What [`EventSourced`] and [`StateStored`] do differently.
pub trait Storage<A: Aggregate>: 'static {
    /// An event that waits to be stored.
    type Pending: Pending;
    /// The events whose records rebuild the state; empty when it is stored as such.
    const REPLAYED: &'static [EventType];
    /// Whether the state itself is stored with every save.
    const STORES_STATE: bool;
    /// A fingerprint of all that decides which state events lead to, as it is written: the type, what applies its events, the events.
    const DEFINITION: u64;

    /// Applies a stored event: the `index`-th of [`REPLAYED`](Storage::REPLAYED).
    ///
    /// # Errors
    /// When the payload is not that event.
    fn replay(aggregate: &mut A, index: usize, payload: &str) -> Result<(), PayloadError>;

    /// Brings the stored state `base` up to `work`, whose pending events have just been stored.
    fn catch_up(base: &mut A, work: &A);
}

/// An event that waits to be stored.
pub trait Pending: Clone + fmt::Debug + PartialEq + Send + Sync {
    /// Its type.
    fn event_type(&self) -> EventType;

    /// Its place among the replayed events, if it is one.
    fn index(&self) -> Option<usize>;

    /// Its payload.
    ///
    /// # Errors
    /// When the event has no JSON form.
    fn encode(&self) -> Result<Box<str>, PayloadError>;

    /// What is lost when `payload`, its encoded form, is read again, in words; `None` when it is the same event.
    fn lost_in(&self, payload: &str) -> Option<String>;
}

/// `Self` can raise `E` on `A`.
pub trait Raises<A: Aggregate, E: PartOf<A>>: Storage<A> {
    /// Changes the state by the event.
    fn apply(aggregate: &mut A, event: &E);

    /// The event as it waits to be stored.
    fn pend(event: E) -> Self::Pending;

    /// Whether a state can be had again by replaying its pending events on what is stored.
    const REPLAYS: bool;

    /// Replays a pending event.
    fn replay_pending(aggregate: &mut A, event: &Self::Pending);
}

impl<A: Replay<Storage = EventSourced>> Storage<A> for EventSourced {
    type Pending = A::Event;
    const REPLAYED: &'static [EventType] = A::Event::EVENTS;
    const STORES_STATE: bool = false;
    const DEFINITION: u64 = {
        let mut all = combined(<A as Aggregate>::DEFINITION, <A as Replay>::DEFINITION);
        let mut index = 0;
        while index < A::Event::EVENTS.len() {
            all = combined(all, A::Event::EVENTS[index].definition);
            index += 1;
        }
        all
    };

    fn replay(aggregate: &mut A, index: usize, payload: &str) -> Result<(), PayloadError> {
        aggregate.replay(&A::Event::decode(index, payload)?);
        Ok(())
    }

    /// Replays the events, so that what is kept is what a load would give, whatever else the handler did to its copy.
    fn catch_up(base: &mut A, work: &A) {
        for event in work.root().pending() {
            base.replay(event);
            base.root_mut().advance();
        }
    }
}

impl<E: EventSet> Pending for E {
    fn event_type(&self) -> EventType {
        E::EVENTS[EventSet::index(self)]
    }

    fn index(&self) -> Option<usize> {
        Some(EventSet::index(self))
    }

    fn encode(&self) -> Result<Box<str>, PayloadError> {
        EventSet::encode(self)
    }

    fn lost_in(&self, payload: &str) -> Option<String> {
        lost_in(payload, Some(self), |payload| E::decode(EventSet::index(self), payload), EventSet::encode)
    }
}

impl<A, E> Raises<A, E> for EventSourced
where
    A: Replay<Storage = EventSourced> + Apply<E>,
    A::Event: From<E>,
    E: PartOf<A>,
{
    #[inline]
    fn apply(aggregate: &mut A, event: &E) {
        aggregate.apply(event);
    }

    #[inline]
    fn pend(event: E) -> A::Event {
        event.into()
    }

    const REPLAYS: bool = true;

    fn replay_pending(aggregate: &mut A, event: &A::Event) {
        aggregate.replay(event);
    }
}

/// An event of a state-stored aggregate, encoded when it is raised: nothing replays it.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    event_type: EventType,
    payload: Result<Box<str>, PayloadError>,
    reread: Reread,
}

/// How the type of an event reads a payload again. Says nothing about the event: any two are equal.
#[derive(Clone, Copy, Debug)]
struct Reread(fn(&str) -> Option<String>);

impl PartialEq for Reread {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<A: Aggregate> Storage<A> for StateStored {
    type Pending = Encoded;
    const REPLAYED: &'static [EventType] = &[];
    const STORES_STATE: bool = true;
    const DEFINITION: u64 = A::DEFINITION;

    fn replay(_: &mut A, _: usize, _: &str) -> Result<(), PayloadError> {
        Ok(())
    }

    fn catch_up(base: &mut A, work: &A) {
        base.clone_from(work);
        base.root_mut().settle();
    }
}

impl Pending for Encoded {
    fn event_type(&self) -> EventType {
        self.event_type
    }

    fn index(&self) -> Option<usize> {
        None
    }

    fn encode(&self) -> Result<Box<str>, PayloadError> {
        self.payload.clone()
    }

    /// The event itself is gone: only what is written is compared.
    fn lost_in(&self, payload: &str) -> Option<String> {
        (self.reread.0)(payload)
    }
}

impl<A, E> Raises<A, E> for StateStored
where
    A: Aggregate<Storage = StateStored>,
    E: PartOf<A>,
{
    #[inline]
    fn apply(_: &mut A, _: &E) {}

    fn pend(event: E) -> Encoded {
        Encoded {
            event_type: EventType::of::<E>(),
            payload: codec::to_json(&event),
            reread: Reread(|payload| lost_in(payload, None::<&E>, codec::from_json, codec::to_json)),
        }
    }

    const REPLAYS: bool = false;

    fn replay_pending(_: &mut A, _: &Encoded) {}
}

/// One fingerprint of two, in this order: a step of the hash that the compiler uses (FxHash).
const fn combined(first: u64, second: u64) -> u64 {
    (first.rotate_left(5) ^ second).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Reads a payload again and writes what was read again; gives what is different then, in words.
pub(super) fn lost_in<T: fmt::Debug + PartialEq>(
    payload: &str,
    written: Option<&T>,
    decode: impl FnOnce(&str) -> Result<T, PayloadError>,
    encode: impl FnOnce(&T) -> Result<Box<str>, PayloadError>,
) -> Option<String> {
    let read = match decode(payload) {
        Ok(read) => read,
        Err(error) => return Some(format!("{payload} was written, and cannot be read: {error}")),
    };
    if let Some(written) = written.filter(|written| **written != read) {
        return Some(format!("{written:?} was written, {read:?} is read"));
    }
    match encode(&read) {
        Ok(again) if *again == *payload => None,
        Ok(again) => Some(format!("{payload} was written; read and written again it is {again}")),
        Err(error) => Some(format!("{payload} was written; read, it cannot be written again: {error}")),
    }
}
