//! One record of the log, as it is stored and as it is meant.

use std::{path::Path, sync::Arc};

use fidelis_core::{Error, Extensions, MessageId, MessageKind, Metadata, Origin, Recorded, Timestamp};
use rusqlite::{
    Connection, Row,
    types::{FromSqlError, FromSqlResult, ValueRef},
};
use uuid::Uuid;

use super::Names;

/// The columns of a record, in the order that [`read`] expects.
pub(super) const SELECT: &str = "SELECT position, type, stream, stream_position, time, kind, schema_version, priority, id, correlation, \
     causation, process, extensions, payload FROM fidelis_records";

/// The kinds of records, by number.
const KINDS: [MessageKind; 5] =
    [MessageKind::Event, MessageKind::Fact, MessageKind::Command, MessageKind::Snapshot, MessageKind::Transition];

/// The number of a kind.
pub(crate) fn kind_to(kind: MessageKind) -> i64 {
    match kind {
        MessageKind::Event => 0,
        MessageKind::Fact => 1,
        MessageKind::Command => 2,
        MessageKind::Snapshot => 3,
        MessageKind::Transition => 4,
    }
}

/// Reads a record.
pub(super) fn read(row: &Row<'_>, names: &mut Names, connection: &Connection, path: &Path) -> Result<Recorded, Error> {
    let stored = stored(row).map_err(|error| unreadable(row, path, error))?;
    let process = match stored.process {
        Some(number) => Some(names.stream(connection, path, number)?),
        None => None,
    };
    let metadata = Metadata {
        id: stored.id,
        type_name: names.type_name(connection, path, stored.type_number)?,
        kind: stored.kind,
        stream: names.stream(connection, path, stored.stream)?,
        position: stored.position,
        global_position: stored.global_position,
        time: stored.time,
        schema_version: stored.schema_version,
        origin: Origin {
            correlation_id: stored.correlation,
            causation_id: stored.causation,
            process,
            priority: stored.priority,
            extensions: stored.extensions,
        },
    };
    Ok(Recorded { metadata, payload: stored.payload })
}

struct Stored {
    global_position: u64,
    type_number: i64,
    stream: i64,
    position: u64,
    time: Timestamp,
    kind: MessageKind,
    schema_version: u32,
    priority: i16,
    id: MessageId,
    correlation: MessageId,
    causation: Option<MessageId>,
    process: Option<i64>,
    extensions: Extensions,
    payload: Box<str>,
}

fn stored(row: &Row<'_>) -> FromSqlResult<Stored> {
    let column = |index: usize| row.get_ref(index).map_err(|error| FromSqlError::Other(Box::new(error)));
    let number = |index| column(index)?.as_i64();
    Ok(Stored {
        global_position: number(0)?.cast_unsigned(),
        type_number: number(1)?,
        stream: number(2)?,
        position: number(3)?.cast_unsigned(),
        time: time_of(number(4)?)?,
        kind: usize::try_from(number(5)?).ok().and_then(|kind| KINDS.get(kind).copied()).ok_or(FromSqlError::InvalidType)?,
        schema_version: in_range(number(6)?)?,
        priority: in_range(number(7)?)?,
        id: uuid_of(column(8)?)?,
        correlation: uuid_of(column(9)?)?,
        causation: match column(10)? {
            ValueRef::Null => None,
            found => Some(uuid_of(found)?),
        },
        process: column(11)?.as_i64_or_null()?,
        extensions: match column(12)?.as_str_or_null()? {
            None => None,
            Some(text) => Some(Arc::new(serde_json::from_str(text).map_err(|error| FromSqlError::Other(error.into()))?)),
        },
        payload: column(13)?.as_str()?.into(),
    })
}

fn in_range<T: TryFrom<i64>>(number: i64) -> FromSqlResult<T> {
    T::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))
}

/// An identity, from its 16 bytes.
pub(crate) fn uuid_of(value: ValueRef<'_>) -> FromSqlResult<MessageId> {
    let bytes = value.as_blob()?;
    Uuid::from_slice(bytes).map(MessageId::from_uuid).map_err(|error| FromSqlError::Other(error.into()))
}

/// A time, from nanoseconds since 1970.
pub(crate) fn time_of(nanoseconds: i64) -> FromSqlResult<Timestamp> {
    Timestamp::from_nanosecond(nanoseconds.into()).map_err(|error| FromSqlError::Other(error.into()))
}

/// A time as nanoseconds since 1970.
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid) before 1677 and after 2262: 64 bits end there.
pub(crate) fn time_to(time: Timestamp) -> Result<i64, Error> {
    i64::try_from(time.as_nanosecond()).map_err(|_| {
        Error::invalid(format!("SQLite cannot hold the time {time} to the nanosecond: it must be between 1678 and 2262"))
    })
}

/// The error for a record that somebody changed by hand; it names the position, as far as that can be read.
fn unreadable(row: &Row<'_>, path: &Path, error: FromSqlError) -> Error {
    let position = row.get::<_, i64>(0).unwrap_or_default();
    let file = path.display();
    Error::corrupt_store(format!("cannot read the record at position {position} of the log in `{file}`; restore a backup"), error)
}
