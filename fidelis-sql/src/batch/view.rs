//! What is known of a store while a batch is decided.

use std::{collections::BTreeSet, sync::Arc};

use fidelis_core::{
    MessageId, StreamName, Timestamp, TypeName,
    projection::{Key, Row, Table},
    store::{Expected, Settlement},
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Prepared;

/// How many entries a view keeps between batches, of each kind.
const KEPT: usize = 100_000;

/// What is known of a store, as of the last record it has, with what the batch that is being decided adds to it.
///
/// `None` for a stream, a settlement or a row: it is known that there is none.
#[derive(Debug)]
pub struct View {
    pub(super) head: u64,
    pub(super) time: Timestamp,
    pub(super) streams: FxHashMap<StreamName, Option<u64>>,
    pub(super) checkpoints: FxHashMap<Arc<str>, u64>,
    pub(super) parked: FxHashMap<Arc<str>, BTreeSet<u64>>,
    pub(super) types: FxHashMap<TypeName, u64>,
    pub(super) settlements: FxHashMap<MessageId, Option<Settlement>>,
    pub(super) rows: FxHashMap<(&'static str, Key), Option<Row>>,
}

/// Whether a batch is decided on all that is stored, or on what the store's own constraints are going to hold anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Everything the commits stand on is read.
    Everything,
    /// Settlements and streams that must not exist, and are written to, are taken to be absent, as they nearly always are: it saves
    /// reading them. The store has unique constraints on both; when one is violated it rolls back and decides again with
    /// [`Everything`](Care::Everything).
    Trusting,
}

/// What has to be read before a batch can be decided. Nothing is in it twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Streams whose versions are to be learned.
    pub streams: Vec<StreamName>,
    /// Subscriptions whose checkpoints are to be learned.
    pub checkpoints: Vec<Arc<str>>,
    /// Subscriptions of which it is to be learned what they have parked.
    pub parked: Vec<Arc<str>>,
    /// Types of which it is to be learned where the last record is.
    pub types: Vec<TypeName>,
    /// Commands of which it is to be learned whether they are settled.
    pub settlements: Vec<MessageId>,
    /// Rows of live tables.
    pub rows: Vec<(&'static Table, Key)>,
}

impl Needs {
    /// Whether the batch can be decided.
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
            && self.checkpoints.is_empty()
            && self.parked.is_empty()
            && self.types.is_empty()
            && self.settlements.is_empty()
            && self.rows.is_empty()
    }
}

impl View {
    /// A view of a store whose last record has this position and time; of an empty one: 0 and the earliest time there is.
    pub fn new(head: u64, time: Timestamp) -> Self {
        View {
            head,
            time,
            streams: FxHashMap::default(),
            checkpoints: FxHashMap::default(),
            parked: FxHashMap::default(),
            types: FxHashMap::default(),
            settlements: FxHashMap::default(),
            rows: FxHashMap::default(),
        }
    }

    /// The position of the last record, those of the batch included.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// The time of the last record, those of the batch included.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// What is to be learned before these commits can be decided.
    pub fn needs<'a>(&self, commits: impl IntoIterator<Item = &'a Prepared>, care: Care) -> Needs {
        let mut needs = Needs::default();
        let mut seen = Seen::default();
        for prepared in commits {
            self.needs_of(prepared, care, &mut seen, &mut needs);
        }
        needs
    }

    fn needs_of<'a>(&self, prepared: &'a Prepared, care: Care, seen: &mut Seen<'a>, needs: &mut Needs) {
        let commit = &prepared.commit;
        for (append, records) in commit.appends.iter().zip(&prepared.records) {
            let stream = &append.stream;
            // Without a record no constraint would notice that the stream is there.
            let is_held = append.expected == Expected::NoStream && !records.is_empty();
            let taken_as_absent = care == Care::Trusting && is_held;
            if !self.streams.contains_key(stream) && !taken_as_absent && seen.streams.insert(stream) {
                needs.streams.push(stream.clone());
            }
        }
        for record in commit.restored.iter().flat_map(|restored| &restored.records) {
            let stream = &record.metadata.stream;
            if !self.streams.contains_key(stream) && seen.streams.insert(stream) {
                needs.streams.push(stream.clone());
            }
        }
        let folding = commit.folds.iter().map(|fold| fold.subscription());
        for subscription in commit.checkpoints.iter().map(|moved| &moved.subscription).chain(folding.clone()) {
            if !self.checkpoints.contains_key(subscription) && seen.checkpoints.insert(subscription) {
                needs.checkpoints.push(Arc::clone(subscription));
            }
        }
        for subscription in folding {
            if !self.parked.contains_key(subscription) && seen.parked.insert(subscription) {
                needs.parked.push(Arc::clone(subscription));
            }
        }
        for name in commit.folds.iter().flat_map(|fold| &fold.interest().types) {
            if !self.types.contains_key(name) && seen.types.insert(name) {
                needs.types.push(name.clone());
            }
        }
        if care == Care::Everything {
            let restored = commit.restored.iter().flat_map(|restored| &restored.settlements);
            for command in commit.settlement.iter().chain(restored).map(|settlement| settlement.command) {
                if !self.settlements.contains_key(&command) && seen.settlements.insert(command) {
                    needs.settlements.push(command);
                }
            }
        }
        for (table, key) in &prepared.rows {
            // Looking up needs an owned key: it becomes the entry, should it be missing.
            let place = (table.name, key.clone());
            if !self.rows.contains_key(&place) && seen.rows.insert(place) {
                needs.rows.push((table, key.clone()));
            }
        }
    }

    /// The version of a stream, `None` when it does not exist.
    pub fn learn_stream(&mut self, stream: StreamName, version: Option<u64>) {
        self.streams.insert(stream, version);
    }

    /// Where a checkpoint is; 0 when it has never moved.
    pub fn learn_checkpoint(&mut self, subscription: Arc<str>, position: u64) {
        self.checkpoints.insert(subscription, position);
    }

    /// The positions of the messages that a subscription has parked.
    pub fn learn_parked(&mut self, subscription: Arc<str>, positions: impl IntoIterator<Item = u64>) {
        self.parked.insert(subscription, positions.into_iter().collect());
    }

    /// The position in the log of the last record of a type; 0 when there is none.
    pub fn learn_type(&mut self, name: TypeName, position: u64) {
        self.types.insert(name, position);
    }

    /// What a command was answered; `None` when it is not settled.
    pub fn learn_settlement(&mut self, command: MessageId, settlement: Option<Settlement>) {
        self.settlements.insert(command, settlement);
    }

    /// A row of a live table; `None` when there is none with this key.
    pub fn learn_row(&mut self, table: &'static Table, key: Key, row: Option<Row>) {
        self.rows.insert((table.name, key), row);
    }

    /// Forgets what would make it grow without end. To be called between batches.
    pub fn trim(&mut self) {
        if self.streams.len() > KEPT {
            self.streams.clear();
        }
        if self.settlements.len() > KEPT {
            self.settlements.clear();
        }
        if self.rows.len() > KEPT {
            self.rows.clear();
        }
    }
}

/// What is among the needs already.
#[derive(Default)]
struct Seen<'a> {
    streams: FxHashSet<&'a StreamName>,
    checkpoints: FxHashSet<&'a Arc<str>>,
    parked: FxHashSet<&'a Arc<str>>,
    types: FxHashSet<&'a TypeName>,
    settlements: FxHashSet<MessageId>,
    rows: FxHashSet<(&'static str, Key)>,
}
