//! What PostgreSQL cannot hold is refused before it is sent, by the name of what holds it.
//!
//! Its texts have no NUL character, its instants no nanoseconds (our own tables keep those beside them) and no time before
//! 4714 BC, its positions 63 bits.

use fidelis_core::{
    Error, StreamName, Timestamp, Value,
    projection::{Key, Table},
    store::{Commit, Failure, ParkedChange, RowChange},
};

use crate::values::{is_within_bounds, microseconds};

/// What an index is sure to hold.
const LONGEST_KEY: usize = 2_000;

/// Whether a commit can be held, but for its rows.
pub(crate) fn check(commit: &Commit) -> Result<(), Error> {
    time("the time of the commit", commit.time)?;
    for append in &commit.appends {
        stream(&append.stream)?;
        for record in &append.records {
            text(|| format!("the name of a type in stream `{}`", append.stream), record.type_name.as_str())?;
            payload(&append.stream, &record.payload)?;
        }
    }
    origin(&commit.origin)?;
    for moved in &commit.checkpoints {
        text(|| "the name of a subscription".to_owned(), &moved.subscription)?;
        position("a checkpoint", moved.to)?;
    }
    commit.parked.iter().try_for_each(parked)?;
    for settlement in commit.restored.iter().flat_map(|restored| &restored.settlements) {
        position("a settlement", settlement.position)?;
    }
    for record in commit.restored.iter().flat_map(|restored| &restored.records) {
        let metadata = &record.metadata;
        time("the time of a record", metadata.time)?;
        stream(&metadata.stream)?;
        text(|| format!("the name of a type in stream `{}`", metadata.stream), metadata.type_name.as_str())?;
        payload(&metadata.stream, &record.payload)?;
        origin(&metadata.origin)?;
        position("a record", metadata.global_position)?;
    }
    Ok(())
}

fn origin(origin: &fidelis_core::Origin) -> Result<(), Error> {
    origin.process.as_ref().map_or(Ok(()), stream)?;
    // Extensions are written as JSON, in which a NUL is an escape.
    Ok(())
}

fn parked(change: &ParkedChange) -> Result<(), Error> {
    let (subscription, at) = match change {
        ParkedChange::Put(parked) => {
            stream(&parked.stream)?;
            if let Some(Failure { error, first, last, next, .. }) = &parked.failure {
                text(|| format!("the error of a message parked for `{}`", parked.subscription), error)?;
                [Some(first), Some(last), next.as_ref()]
                    .into_iter()
                    .flatten()
                    .try_for_each(|&moment| time("the time of a failure", moment))?;
            }
            (&parked.subscription, parked.position)
        }
        ParkedChange::Remove { subscription, position } => (subscription, *position),
    };
    text(|| "the name of a subscription".to_owned(), subscription)?;
    position("a parked message", at)
}

/// Whether the values of a row, or of a key, can be held exactly.
pub(crate) fn check_row(change: &RowChange) -> Result<(), Error> {
    match change {
        RowChange::Put { table, row, .. } => {
            row.values().iter().enumerate().try_for_each(|(index, value)| cell(table, index, value))
        }
        RowChange::Delete { .. } => Ok(()),
    }
}

/// Whether a row with this key can be there at all.
pub(crate) fn can_be_there(table: &Table, key: &Key) -> bool {
    key.values().iter().zip(table.key).all(|(value, &column)| cell(table, column, value).is_ok())
}

/// Whether a value can be compared with those of a column.
pub(crate) fn check_parameter(table: &Table, value: &Value) -> Result<(), Error> {
    let why = match value {
        Value::Text(text) | Value::Json(text) if text.contains('\0') => "a NUL character",
        Value::Timestamp(time) if microseconds(*time).1 != 0 || !is_within_bounds(*time) => {
            "nanoseconds, or a time before 4714 BC"
        }
        _ => return Ok(()),
    };
    Err(Error::invalid(format!("a query of read model `{}` compares with {why}: PostgreSQL has no such value", table.name)))
}

fn cell(table: &Table, column: usize, value: &Value) -> Result<(), Error> {
    let why = match value {
        Value::Text(text) | Value::Json(text) if text.contains('\0') => "a NUL character, which PostgreSQL cannot hold in a text",
        Value::Text(text) if text.len() > LONGEST_KEY && table.key.contains(&column) => {
            "a text of more than 2000 bytes: keys are shorter here"
        }
        Value::Timestamp(time) if microseconds(*time).1 != 0 => "nanoseconds: PostgreSQL holds microseconds; round it first",
        Value::Timestamp(time) if !is_within_bounds(*time) => "a time before 4714 BC, where PostgreSQL's begin",
        _ => return Ok(()),
    };
    let column = table.columns.get(column).map_or("?", |column| column.name);
    Err(Error::invalid(format!("column `{column}` of read model `{}` got {why}", table.name)))
}

fn stream(name: &StreamName) -> Result<(), Error> {
    text(|| "the name of a stream".to_owned(), name.as_str())?;
    match name.as_str().len() {
        0..=LONGEST_KEY => Ok(()),
        long => Err(Error::invalid(format!(
            "the name of a stream has {long} bytes: PostgreSQL finds streams with names of up to {LONGEST_KEY}"
        ))),
    }
}

fn payload(stream: &StreamName, payload: &str) -> Result<(), Error> {
    text(|| format!("the payload of a record for stream `{stream}`"), payload)
}

fn text(what: impl FnOnce() -> String, text: &str) -> Result<(), Error> {
    match text.contains('\0') {
        false => Ok(()),
        true => Err(Error::invalid(format!("{} has a NUL character, which PostgreSQL cannot hold in a text", what()))),
    }
}

fn time(what: &str, time: Timestamp) -> Result<(), Error> {
    match is_within_bounds(time) {
        true => Ok(()),
        false => Err(Error::invalid(format!("{what} is before 4714 BC, where PostgreSQL's times begin"))),
    }
}

fn position(what: &str, position: u64) -> Result<(), Error> {
    match i64::try_from(position) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid(format!("the position of {what} is {position}: PostgreSQL counts to {}", i64::MAX))),
    }
}
