//! The log that both hand-written candidates append to.

use super::identity::time_ordered;
use crate::bank::Refused;
use rustc_hash::FxHashMap;
use std::time::SystemTime;
use uuid::Uuid;

/// The category of every stream here.
const CATEGORY: &str = "fidelis::account";

/// What is known about a stored message besides its payload.
#[derive(Debug)]
#[expect(dead_code, reason = "a log keeps what nobody asks for in these cases")]
pub(super) struct Metadata {
    /// Identifies the message.
    pub(super) id: Uuid,
    /// The stored name of its type.
    pub(super) type_name: &'static str,
    /// The version of its type.
    pub(super) schema_version: u32,
    /// The stream it stands in.
    pub(super) stream: Stream,
    /// Its place in the stream, from 0.
    pub(super) position: u64,
    /// Its place in the log, from 1.
    pub(super) global_position: u64,
    /// When it was recorded; never before its predecessor.
    pub(super) time: SystemTime,
    /// Shared by a whole causal chain.
    pub(super) correlation_id: Uuid,
    /// The message that caused it.
    pub(super) causation_id: Uuid,
}

/// The name of a stream, in its two parts.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "as for `Metadata`")]
pub(super) struct Stream {
    /// What kind of thing it belongs to.
    pub(super) category: &'static str,
    /// The thing.
    pub(super) id: Uuid,
}

/// A message in the log.
#[derive(Debug)]
pub(super) struct Record<P> {
    /// What is known about it.
    pub(super) metadata: Metadata,
    /// Its content.
    pub(super) payload: P,
}

/// A message on its way into the log.
pub(super) struct NewRecord<P> {
    /// The stored name of its type.
    pub(super) type_name: &'static str,
    /// The clock's reading.
    pub(super) time: SystemTime,
    /// The command that caused it.
    pub(super) command_id: Uuid,
    /// Its content.
    pub(super) payload: P,
}

/// All messages in order, and where each stream's are.
#[derive(Debug)]
pub(super) struct Log<P> {
    records: Vec<Record<P>>,
    streams: FxHashMap<Uuid, Vec<u32>>,
}

impl<P> Default for Log<P> {
    fn default() -> Self {
        Log { records: Vec::new(), streams: FxHashMap::default() }
    }
}

impl<P> Log<P> {
    /// Appends a message to a stream that must have `expected` records; gives it back as it is stored.
    pub(super) fn append(&mut self, stream: Uuid, expected: u64, new: NewRecord<P>) -> Result<&Record<P>, Refused> {
        let positions = self.streams.entry(stream).or_default();
        if positions.len() as u64 != expected {
            return Err(Refused::Conflict);
        }
        let index = self.records.len();
        positions.push(u32::try_from(index).map_err(|_| Refused::Fault("the log is full".into()))?);
        let time = self.records.last().map_or(new.time, |last| last.metadata.time.max(new.time));
        self.records.push(Record {
            metadata: Metadata {
                id: time_ordered(new.time),
                type_name: new.type_name,
                schema_version: 1,
                stream: Stream { category: CATEGORY, id: stream },
                position: expected,
                global_position: index as u64 + 1,
                time,
                correlation_id: new.command_id,
                causation_id: new.command_id,
            },
            payload: new.payload,
        });
        Ok(&self.records[index])
    }

    /// The messages of a stream, oldest first.
    pub(super) fn stream(&self, stream: Uuid) -> impl Iterator<Item = &Record<P>> {
        self.streams.get(&stream).into_iter().flatten().map(|&index| &self.records[index as usize])
    }
}
