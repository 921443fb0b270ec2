//! What was found out about records and states once, and need not be found out again.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use super::{digest::Digest, stage::at_once};
use crate::{
    Error, MemoryStore, Recorded, Store, StreamName,
    domain::{Catalog, Consumer},
    process::Transition,
    store::{Direction, PageLimit, ReadFrom},
};

/// What is remembered; keyed by content, so that it holds in every world.
#[derive(Default)]
pub(super) struct Memo {
    transitions: FxHashMap<u128, Arc<Known>>,
    kinds: FxHashMap<StreamName, Kind>,
    /// Fingerprints of the states of aggregates, by those of their histories.
    pub(super) states: FxHashMap<u128, u128>,
    /// The states themselves, as the properties ask for them.
    pub(super) typed: FxHashMap<(TypeId, u128), Arc<dyn Any + Send + Sync>>,
    /// How many messages may come once more, in all.
    pub(super) duplicates: u8,
    /// The head of the log when the exploration began.
    pub(super) given: u64,
}

/// What a stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The events of an aggregate, by its place in the catalog.
    Aggregate(usize),
    /// The transitions of a process.
    Process,
    /// What follows from the others: facts, stored states.
    Other,
}

/// A transition that was read.
pub(super) struct Known {
    pub(super) transition: Transition,
    /// A fingerprint of what it means, without places in the log and without times.
    pub(super) meaning: u128,
}

impl Memo {
    pub(super) fn transition(&mut self, record: &Recorded) -> Result<Arc<Known>, Error> {
        let key = key_of(record);
        if let Some(known) = self.transitions.get(&key) {
            return Ok(Arc::clone(known));
        }
        let transition = Transition::of(record)?;
        let known = Arc::new(Known { meaning: meaning(&transition), transition });
        self.transitions.insert(key, Arc::clone(&known));
        Ok(known)
    }

    /// The last transition of a process.
    pub(super) fn last(&mut self, store: &MemoryStore, process: &StreamName) -> Result<Option<Arc<Known>>, Error> {
        let from = ReadFrom::Stream { name: process, position: u64::MAX, direction: Direction::Backwards };
        let page = at_once(store.read(from, PageLimit { records: 1, ..PageLimit::default() }))?;
        page.first().map(|record| self.transition(record)).transpose()
    }

    pub(super) fn kind(&mut self, catalog: &Catalog, stream: &StreamName) -> Kind {
        if let Some(kind) = self.kinds.get(stream) {
            return *kind;
        }
        let category = stream.category();
        let own = category.strip_prefix(catalog.domain).and_then(|rest| rest.strip_prefix("::"));
        let aggregate = own.and_then(|own| catalog.aggregates.iter().position(|row| row.stream == own));
        let is_process = catalog
            .subscriptions
            .iter()
            .any(|subscription| matches!(&subscription.consumer, Consumer::Process(types) if types.category == category));
        let kind = match (aggregate, is_process) {
            (_, true) => Kind::Process,
            (Some(place), false) => Kind::Aggregate(place),
            (None, false) => Kind::Other,
        };
        self.kinds.insert(stream.clone(), kind);
        kind
    }

    pub(super) fn is_process(&mut self, catalog: &Catalog, stream: &StreamName) -> bool {
        self.kind(catalog, stream) == Kind::Process
    }
}

/// What a record says, whatever its places and times.
pub(super) fn key_of(record: &Recorded) -> u128 {
    let mut digest = Digest::default();
    digest.wide(record.metadata.id.uuid().as_u128());
    digest.text(&record.payload);
    digest.end()
}

pub(super) fn meaning(transition: &Transition) -> u128 {
    let mut digest = Digest::default();
    digest.text(&transition.state.0);
    digest.text(transition.status.as_str());
    digest.text(transition.reason.as_deref().unwrap_or_default());
    digest.number(u64::from(transition.undoing) | u64::from(transition.undoes) << 1);
    for command in transition.issued.iter().chain(&transition.undoable) {
        digest.wide(command.id.uuid().as_u128());
        digest.text(&command.payload.0);
    }
    digest.number(transition.issued.len() as u64);
    if let Some(stuck) = &transition.stuck {
        digest.text(stuck.status.as_str());
        digest.text(stuck.reason.as_deref().unwrap_or_default());
        digest.wide(stuck.command.as_ref().map_or(0, |command| command.id.uuid().as_u128()));
    }
    digest.end()
}
