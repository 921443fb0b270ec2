//! Where the engine keeps aggregates ready: one shelf per type, one place per aggregate.
//!
//! A place is taken by one command at a time: commands for one aggregate queue here instead of colliding in the store.
//! What stands on a shelf is only ever a head start: the store compares versions at every commit.
//!
//! | place | checkout | put back | holder gone |
//! |---|---|---|---|
//! | empty | taken, nothing in hand | | |
//! | ready | taken, aggregate in hand | | |
//! | taken | waits | ready, waiters woken | empty, waiters woken |

use std::{
    any::{Any, TypeId},
    collections::{VecDeque, hash_map::Entry},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{AggregateTypes, append::Streams, panics, snapshot};
use crate::{Aggregate, Id, aggregate::Storage, domain::Catalog};

/// How many locks share the places; a power of two.
const SHARDS: usize = 16;

/// The aggregates of one type that are ready.
pub(super) struct Shelf<A> {
    types: AggregateTypes,
    shards: [Mutex<Shard<A>>; SHARDS],
    /// How many places a shard may hold.
    room: usize,
}

struct Shard<A> {
    places: FxHashMap<u128, Slot<A>>,
    /// The places in the order in which they are looked at when room is needed.
    clock: VecDeque<u128>,
}

struct Slot<A> {
    state: SlotState<A>,
    /// Used since the clock last passed.
    used: bool,
}

enum SlotState<A> {
    Ready(Box<Live<A>>),
    Taken(Vec<Waker>),
}

/// What of aggregates is kept beside their events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    /// How many of each type are kept ready in memory.
    pub(crate) room: usize,
    /// After how many events a snapshot is made; `u64::MAX`: never.
    pub(crate) snapshot_every: u64,
}

/// Makes the shelf of `A`; what rows of aggregates point to.
pub(crate) fn shelf_of<A: Aggregate>(catalog: &Catalog, keeping: Keeping) -> (TypeId, Box<dyn Any + Send + Sync>) {
    let shelf: Shelf<A> = Shelf {
        types: AggregateTypes::of::<A>(catalog, keeping.snapshot_every),
        shards: std::array::from_fn(|_| Mutex::new(Shard { places: FxHashMap::default(), clock: VecDeque::new() })),
        room: keeping.room.div_ceil(SHARDS),
    };
    (TypeId::of::<A>(), Box::new(shelf))
}

impl<A: Aggregate> Shelf<A> {
    pub(super) fn types(&self) -> &AggregateTypes {
        &self.types
    }

    /// Takes the place of an aggregate, waiting for whoever has it.
    pub(super) fn checkout(&self, id: Id<A>) -> Checkout<'_, A> {
        Checkout { shelf: self, id }
    }

    /// Brings the place of an aggregate up to `work`, whose pending events were stored without taking the place.
    ///
    /// Only a state that is exactly as old as the events' beginning can follow them; an older one is dropped. Somebody who
    /// has taken the place will find out by himself.
    pub(super) fn follow(&self, work: &A) {
        if work.root().pending().is_empty() {
            return;
        }
        let id = work.id();
        let mut shard = self.shard(id).lock();
        match shard.places.entry(id.uuid().as_u128()) {
            Entry::Occupied(mut place) => {
                let SlotState::Ready(live) = &mut place.get_mut().state else {
                    return;
                };
                let follows = live.state().version() == work.root().stored_version();
                let followed = follows && panics::caught(A::NAME, || live.follow(work, &self.types)).is_ok();
                if !followed && live.state().version() < work.version() {
                    place.remove();
                }
            }
            Entry::Vacant(place) => {
                // A new aggregate can be had whole from its events.
                if work.root().stored_version().is_none() {
                    let mut live = Live::new(A::new(id), &self.types);
                    if panics::caught(A::NAME, || live.follow(work, &self.types)).is_err() {
                        return;
                    }
                    place.insert(Slot { state: SlotState::Ready(live), used: false });
                    shard.make_room(id.uuid().as_u128(), self.room);
                }
            }
        }
    }

    /// A copy of what is kept ready of an aggregate, if that is this version.
    pub(super) fn copy_of(&self, id: Id<A>, version: Option<u64>) -> Option<A> {
        match &self.shard(id).lock().places.get(&id.uuid().as_u128())?.state {
            SlotState::Ready(live) if live.state().version() == version => Some(live.state().clone()),
            _ => None,
        }
    }

    /// There is a snapshot of the first `events` events of an aggregate.
    pub(super) fn has_snapshot(&self, id: Id<A>, events: u64) {
        if let Some(Slot { state: SlotState::Ready(live), .. }) = self.shard(id).lock().places.get_mut(&id.uuid().as_u128()) {
            Arc::make_mut(&mut live.base).root_mut().has_snapshot(events);
        }
    }

    /// Keeps none ready any more.
    pub(super) fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.places.clear();
            shard.clock.clear();
        }
    }

    /// Keeps an aggregate ready no more: the next who wants it has it from the log.
    pub(super) fn forget(&self, id: Id<A>) {
        let mut shard = self.shard(id).lock();
        if let Entry::Occupied(place) = shard.places.entry(id.uuid().as_u128())
            && let SlotState::Ready(_) = place.get().state
        {
            place.remove();
        }
    }

    /// The places that somebody has or something stands on.
    #[cfg(test)]
    pub(super) fn places(&self) -> FxHashSet<u128> {
        self.shards.iter().flat_map(|shard| shard.lock().places.keys().copied().collect::<Vec<_>>()).collect()
    }

    /// How many places are noted to be looked at.
    #[cfg(test)]
    pub(super) fn noted(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().clock.len()).sum()
    }

    fn shard(&self, id: Id<A>) -> &Mutex<Shard<A>> {
        // The last bits of every kind of UUID in use here are random.
        &self.shards[id.uuid().as_bytes()[15] as usize % SHARDS]
    }
}

impl<A> Shard<A> {
    /// Notes a new place and, while there are more than `room`, drops ready ones that were not used of late.
    fn make_room(&mut self, added: u128, room: usize) {
        self.clock.push_back(added);
        // Places that were given up empty are still noted; now and then they are forgotten.
        if self.clock.len() > 64 + 2 * self.places.len() {
            let mut kept = FxHashSet::default();
            self.clock.retain(|id| self.places.contains_key(id) && kept.insert(*id));
        }
        let mut looks = 2 * self.clock.len();
        while self.places.len() > room && looks > 0 {
            looks -= 1;
            let Some(id) = self.clock.pop_front() else {
                return;
            };
            match self.places.entry(id) {
                Entry::Occupied(mut place) => match (&place.get().state, place.get().used) {
                    (SlotState::Ready(_), false) => drop(place.remove()),
                    _ => {
                        place.get_mut().used = false;
                        self.clock.push_back(id);
                    }
                },
                // Removed since: nothing to look at any more.
                Entry::Vacant(_) => {}
            }
        }
    }
}

/// Waits for a place.
pub(super) struct Checkout<'a, A> {
    shelf: &'a Shelf<A>,
    id: Id<A>,
}

impl<'a, A: Aggregate> Future for Checkout<'a, A> {
    type Output = Place<'a, A>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Place<'a, A>> {
        let mut shard = self.shelf.shard(self.id).lock();
        let live = match shard.places.entry(self.id.uuid().as_u128()) {
            Entry::Occupied(mut place) => {
                let slot = place.get_mut();
                match mem::replace(&mut slot.state, SlotState::Taken(Vec::new())) {
                    SlotState::Ready(live) => {
                        slot.used = true;
                        Some(live)
                    }
                    SlotState::Taken(mut waiting) => {
                        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                            waiting.push(context.waker().clone());
                        }
                        slot.state = SlotState::Taken(waiting);
                        return Poll::Pending;
                    }
                }
            }
            Entry::Vacant(place) => {
                place.insert(Slot { state: SlotState::Taken(Vec::new()), used: false });
                shard.make_room(self.id.uuid().as_u128(), self.shelf.room);
                None
            }
        };
        Poll::Ready(Place { shelf: self.shelf, id: self.id, live, held: true })
    }
}

/// A place that is taken; dropped without [`put`](Place::put) it is empty afterwards.
pub(super) struct Place<'a, A: Aggregate> {
    shelf: &'a Shelf<A>,
    id: Id<A>,
    pub(super) live: Option<Box<Live<A>>>,
    held: bool,
}

impl<A: Aggregate> Place<'_, A> {
    /// Gives the place back with an aggregate that is ready.
    pub(super) fn put(mut self, live: Box<Live<A>>) {
        self.held = false;
        let mut shard = self.shelf.shard(self.id).lock();
        if let Some(slot) = shard.places.get_mut(&self.id.uuid().as_u128()) {
            let state = mem::replace(&mut slot.state, SlotState::Ready(live));
            drop(shard);
            wake(state);
        }
    }
}

impl<A: Aggregate> Drop for Place<'_, A> {
    fn drop(&mut self) {
        if self.held {
            let slot = self.shelf.shard(self.id).lock().places.remove(&self.id.uuid().as_u128());
            if let Some(slot) = slot {
                wake(slot.state);
            }
        }
    }
}

fn wake<A>(state: SlotState<A>) {
    if let SlotState::Taken(waiting) = state {
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// An aggregate that is ready: as it is stored, and a copy to work on.
pub(super) struct Live<A> {
    base: Arc<A>,
    work: A,
    pub(super) streams: Streams,
}

impl<A: Aggregate> Live<A> {
    /// An aggregate whose events are all stored.
    pub(super) fn new(state: A, types: &AggregateTypes) -> Box<Self> {
        let streams = Streams::of::<A>(types, state.id());
        Box::new(Live { base: Arc::new(state), work: A::default(), streams })
    }

    /// The stored state.
    pub(super) fn state(&self) -> &A {
        &self.base
    }

    /// A copy to work on; whatever happens to it, the stored state stays as it is.
    pub(super) fn begin(&mut self) -> &mut A {
        self.work.copy_from(&self.base);
        self.work.root_mut().set_base(Some(Arc::clone(&self.base)));
        &mut self.work
    }

    /// The copy worked on.
    pub(super) fn work(&self) -> &A {
        &self.work
    }

    /// The pending events of the copy are stored now.
    pub(super) fn stored(&mut self, types: &AggregateTypes) {
        self.work.root_mut().set_base(None);
        <A::Storage as Storage<A>>::catch_up(Arc::make_mut(&mut self.base), &self.work);
        snapshot::note(types, Arc::make_mut(&mut self.base));
        self.work.root_mut().settle();
    }

    /// The pending events of another copy are stored now.
    fn follow(&mut self, work: &A, types: &AggregateTypes) {
        <A::Storage as Storage<A>>::catch_up(Arc::make_mut(&mut self.base), work);
        snapshot::note(types, Arc::make_mut(&mut self.base));
    }
}
