//! The one field that `#[aggregate]` adds.

use std::{fmt, sync::Arc};

use super::{Aggregate, Storage};
use crate::Id;

/// Identity, version and the events not yet stored of an aggregate.
pub struct Root<A: Aggregate> {
    id: Id<A>,
    /// How many events have happened, stored and pending.
    events: u64,
    /// How many of them the newest snapshot covers; 0 when there is none.
    snapshot: u64,
    pub(super) pending: Vec<<A::Storage as Storage<A>>::Pending>,
    /// How many `atomically` are under way: their end checks the rules.
    pub(super) deferred: u32,
    /// The stored state, when the engine holds it ready: a refused event is undone from there, without a copy beforehand.
    pub(super) base: Option<Arc<A>>,
}

impl<A: Aggregate> Root<A> {
    pub(crate) fn new(id: Id<A>) -> Self {
        Root { id, ..Root::default() }
    }

    /// The identity of the aggregate.
    pub fn id(&self) -> Id<A> {
        self.id
    }

    /// The position of the last event, from 0; `None` before the first.
    pub fn version(&self) -> Option<u64> {
        self.events.checked_sub(1)
    }

    /// The events raised and not yet stored, oldest first.
    pub fn pending(&self) -> &[<A::Storage as Storage<A>>::Pending] {
        &self.pending
    }

    /// The version of what is stored; `None` when nothing is.
    pub(crate) fn stored_version(&self) -> Option<u64> {
        (self.events - self.pending.len() as u64).checked_sub(1)
    }

    /// The root of an aggregate whose first `events` events are stored.
    pub(crate) fn stored(id: Id<A>, events: u64) -> Self {
        Root { id, events, ..Root::default() }
    }

    /// How many events have happened since the newest snapshot.
    pub(crate) fn since_snapshot(&self) -> u64 {
        self.events.saturating_sub(self.snapshot)
    }

    /// There is a snapshot of the first `events` events.
    pub(crate) fn has_snapshot(&mut self, events: u64) {
        self.snapshot = self.snapshot.max(events);
    }

    /// The stored state, when it is at hand.
    pub(crate) fn base(&self) -> Option<&A> {
        self.base.as_deref()
    }

    pub(crate) fn set_base(&mut self, base: Option<Arc<A>>) {
        self.base = base;
    }

    /// Pending events are stored now.
    pub(crate) fn settle(&mut self) {
        self.pending.clear();
    }

    /// Counts an event that was replayed.
    pub(crate) fn advance(&mut self) {
        self.events += 1;
    }

    pub(super) fn push(&mut self, event: <A::Storage as Storage<A>>::Pending) {
        self.pending.push(event);
        self.events += 1;
    }

    /// Forgets pending events beyond the first `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.events -= (self.pending.len() - length) as u64;
        self.pending.truncate(length);
    }
}

impl<A: Aggregate> Default for Root<A> {
    fn default() -> Self {
        Root { id: Id::default(), events: 0, snapshot: 0, pending: Vec::new(), deferred: 0, base: None }
    }
}

/// A copy stands on its own: without the engine's stored state.
impl<A: Aggregate> Clone for Root<A> {
    fn clone(&self) -> Self {
        Root {
            id: self.id,
            events: self.events,
            snapshot: self.snapshot,
            pending: self.pending.clone(),
            deferred: self.deferred,
            base: None,
        }
    }

    /// Keeps the room for pending events: the engine works on the same copy again and again.
    fn clone_from(&mut self, other: &Self) {
        (self.id, self.events, self.snapshot) = (other.id, other.events, other.snapshot);
        (self.deferred, self.base) = (other.deferred, None);
        self.pending.clone_from(&other.pending);
    }
}

/// Equal when identity and version are: where the events stand does not make two states differ.
impl<A: Aggregate> PartialEq for Root<A> {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.events) == (other.id, other.events)
    }
}

impl<A: Aggregate> fmt::Debug for Root<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").field("id", &self.id).field("version", &self.version()).finish()
    }
}
