//! One world as it is stored: what the store holds, what the clock says, and what may still go wrong.

use std::sync::Arc;

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128;

use super::{digest::Digest, machine::Transition, stage::at_once};
use crate::{
    Error, MemoryStore, MessageKind, NewRecord, Recorded, Store, StreamName, codec, process,
    store::{Commit, CommitResult, Expected},
};

/// What may still go wrong on the way to a world's future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// So many messages come once more.
    pub(super) duplicates: u8,
    /// So many timers fire while there is something else to be done.
    pub(super) early_timers: u8,
    /// So many times the store cannot be reached.
    pub(super) failures: u8,
    /// So many times an engine is gone with what it was about to commit.
    pub(super) crashes: u8,
}

/// One of what is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Duplicate,
    EarlyTimer,
    Failure,
    Crash,
}

impl Bounds {
    /// One less of it may happen.
    pub(super) fn spend(&mut self, fault: Option<Fault>) {
        match fault {
            Some(Fault::Duplicate) => self.duplicates -= 1,
            Some(Fault::EarlyTimer) => self.early_timers -= 1,
            Some(Fault::Failure) => self.failures -= 1,
            Some(Fault::Crash) => self.crashes -= 1,
            None => {}
        }
    }
}

/// What is taken out of every commit, to see an exploration find what an engine or a store without it would do.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// That a command was answered is not stored.
    AnswersForgotten,
    /// Versions are not compared.
    VersionsIgnored,
    /// What a process has taken in is not stored.
    TakenInForgotten,
}

/// A world.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) store: MemoryStore,
    pub(super) now: Timestamp,
    /// Which of the commands from outside have been sent, a bit for each.
    pub(super) sent: u64,
    pub(super) left: Bounds,
    /// Every stream with a fingerprint of its records.
    pub(super) streams: Vec<(StreamName, u128)>,
    /// A fingerprint of all answers to commands, whatever their order.
    pub(super) settled: u128,
    /// What engines are about to commit, in a world that may have gone on since.
    pub(super) held: Vec<Arc<Transition>>,
}

impl Node {
    /// A world in which nothing of what is explored has happened yet.
    pub(super) fn new(store: MemoryStore, now: Timestamp, left: Bounds, records: &[impl AsRef<Recorded>]) -> Self {
        let mut node = Node { store, now, sent: 0, left, streams: Vec::new(), settled: 0, held: Vec::new() };
        records.iter().for_each(|record| node.note(record.as_ref()));
        node
    }

    /// The world after a commit; `None` when the commit has no effect, because what it stands on is not so any more.
    pub(super) fn after(&self, commit: &Commit, sabotage: Option<Sabotage>) -> Result<Option<Node>, Error> {
        let mut node = Node { store: self.store.fork(), ..self.clone() };
        let mut commit = commit.clone();
        match sabotage {
            Some(Sabotage::AnswersForgotten) => commit.settlement = None,
            Some(Sabotage::VersionsIgnored) => commit.appends.iter_mut().for_each(|append| append.expected = Expected::Any),
            Some(Sabotage::TakenInForgotten) => {
                commit.appends.iter_mut().flat_map(|append| &mut append.records).try_for_each(forget_taken_in)?;
            }
            None => {}
        }
        let settlement = commit.settlement.clone();
        match at_once(node.store.commit(commit)) {
            Ok(CommitResult::Committed(committed)) => {
                committed.records.iter().for_each(|record| node.note(record));
                if let Some(settlement) = settlement {
                    let mut digest = Digest::default();
                    digest.wide(settlement.command.uuid().as_u128());
                    digest.text(&settlement_text(&settlement.outcome));
                    node.settled = node.settled.wrapping_add(digest.end());
                }
                Ok(Some(node))
            }
            Ok(CommitResult::Repeated(_)) => Ok(None),
            Err(error) if error.as_conflict().is_some() || error.kind() == crate::ErrorKind::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn note(&mut self, record: &Recorded) {
        let name = &record.metadata.stream;
        let mut digest = Digest::default();
        digest.text(record.metadata.type_name.as_str());
        digest.wide(xxh3_128(record.payload.as_bytes()));
        match self.streams.iter_mut().find(|(known, _)| known == name) {
            Some((_, content)) => {
                digest.wide(*content);
                *content = digest.end();
            }
            None => self.streams.push((name.clone(), digest.end())),
        }
    }
}

/// Makes of a transition one that says nothing of what its process has taken in.
fn forget_taken_in(record: &mut NewRecord) -> Result<(), Error> {
    if record.kind == MessageKind::Transition {
        let unreadable = |error| Error::failed("a step cannot be read", error);
        let mut transition: process::Transition = serde_json::from_str(&record.payload).map_err(unreadable)?;
        transition.handled = 0;
        record.payload = codec::to_json(&transition)?;
    }
    Ok(())
}

fn settlement_text(outcome: &crate::store::Outcome) -> String {
    match outcome {
        crate::store::Outcome::Accepted(value) => format!("accepted {}", value.as_deref().unwrap_or_default()),
        crate::store::Outcome::Rejected(why) => format!("rejected {why}"),
    }
}
