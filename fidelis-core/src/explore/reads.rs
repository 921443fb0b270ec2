//! What an engine has read of a world, to be asked again in the worlds that follow it.

use std::sync::Arc;

use super::stage::at_once;
use crate::{
    Error, MemoryStore, MessageId, Store, StreamName,
    projection::{Key, Row, Table},
};

/// Something that was read, with what was found.
///
/// It is compared with what is found in worlds that follow, whose logs begin with this one's: there, a stream that has not grown is
/// the same.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    /// A stream, as long as this.
    Stream(StreamName, Option<u64>),
    /// Whether a command was answered; an answer stays.
    Settlement(MessageId, bool),
    Checkpoint(Arc<str>, u64),
    /// A consumer has set nothing aside.
    NothingParked(Arc<str>),
    Row(&'static Table, Key, bool, Option<Row>),
    /// More than is worth comparing: it is read anew everywhere.
    Much,
}

impl Read {
    pub(super) fn stream(name: &StreamName, store: &MemoryStore) -> Result<Self, Error> {
        Ok(Read::Stream(name.clone(), at_once(store.version(name))?))
    }

    pub(super) fn checkpoint(subscription: &str, store: &MemoryStore) -> Result<Self, Error> {
        Ok(Read::Checkpoint(subscription.into(), at_once(store.checkpoint(subscription))?))
    }

    pub(super) fn parked(subscription: &str, store: &MemoryStore) -> Result<Self, Error> {
        Ok(match at_once(store.parked(subscription))?.is_empty() {
            true => Read::NothingParked(subscription.into()),
            false => Read::Much,
        })
    }

    pub(super) fn settlement(command: MessageId, store: &MemoryStore) -> Result<Self, Error> {
        Ok(Read::Settlement(command, at_once(store.settlement(command))?.is_some()))
    }

    pub(super) fn row(table: &'static Table, key: &Key, staged: bool, store: &MemoryStore) -> Result<Self, Error> {
        Ok(Read::Row(table, key.clone(), staged, at_once(store.row(table, key, staged))?))
    }

    /// Whether the same is found in a world that follows.
    pub(super) fn holds(&self, store: &MemoryStore) -> Result<bool, Error> {
        Ok(match self {
            Read::Stream(name, version) => at_once(store.version(name))? == *version,
            Read::Settlement(command, settled) => at_once(store.settlement(*command))?.is_some() == *settled,
            Read::Checkpoint(subscription, position) => at_once(store.checkpoint(subscription))? == *position,
            Read::NothingParked(subscription) => at_once(store.parked(subscription))?.is_empty(),
            Read::Row(table, key, staged, row) => at_once(store.row(table, key, *staged))? == *row,
            Read::Much => false,
        })
    }
}
