//! Questions about one thing: answered in a few microseconds.

use std::sync::Arc;

use fidelis_core::{
    Error, MessageId, StreamName,
    projection::{Key, Row, Selection},
    store::{Failure, Outcome, Parked, Selected, Settlement},
};
use fidelis_sql::query::{self, Statement};
use rusqlite::{
    Connection, OptionalExtension,
    types::{FromSqlError, FromSqlResult, ValueRef},
};

use super::{names, prepare, time_of, uuid_of};
use crate::{
    dialect::Sqlite,
    models::Model,
    readers::Reader,
    value::{self, bind, bind_keys},
};

const SETTLEMENT: &str = "SELECT command, position, fingerprint, outcome, answer FROM fidelis_settlements WHERE command = ?1";
const SETTLEMENTS: &str = "SELECT command, position, fingerprint, outcome, answer FROM fidelis_settlements
    WHERE command > ?1 ORDER BY command LIMIT ?2";

impl Reader {
    /// The position of the last record.
    pub(crate) fn head(&self) -> Result<u64, Error> {
        let sql = "SELECT coalesce(max(position), 0) FROM fidelis_records";
        let head = prepare(&self.connection, &self.path, sql)?.query_row([], |row| row.get::<_, i64>(0));
        head.map(i64::cast_unsigned).map_err(|error| self.failed(error))
    }

    /// The version of a stream.
    pub(crate) fn version(&self, name: &StreamName) -> Result<Option<u64>, Error> {
        let version = names::stream_number(&self.connection, name)
            .and_then(|number| number.map_or(Ok(None), |number| version(&self.connection, number)));
        version.map_err(|error| self.failed(error))
    }

    /// Where a checkpoint is.
    pub(crate) fn checkpoint(&self, subscription: &str) -> Result<u64, Error> {
        checkpoint(&self.connection, subscription).map_err(|error| self.failed(error))
    }

    /// All checkpoints.
    pub(crate) fn checkpoints(&self) -> Result<Vec<(Arc<str>, u64)>, Error> {
        let sql = "SELECT subscription, position FROM fidelis_checkpoints ORDER BY subscription";
        let mut statement = prepare(&self.connection, &self.path, sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, Arc<str>>(0)?, row.get::<_, i64>(1)?.cast_unsigned())));
        rows.and_then(Iterator::collect).map_err(|error| self.failed(error))
    }

    /// What a command was answered.
    pub(crate) fn settlement(&self, command: MessageId) -> Result<Option<Settlement>, Error> {
        settlement(&self.connection, command).map_err(|error| self.failed(error))
    }

    /// Settled commands, by identity.
    pub(crate) fn settlements(&self, after: Option<MessageId>, limit: usize) -> Result<Vec<Settlement>, Error> {
        let mut statement = prepare(&self.connection, &self.path, SETTLEMENTS)?;
        let after = after.map(MessageId::uuid);
        // Nothing is before the empty blob.
        let after = after.as_ref().map_or(&[][..], |after| after.as_bytes().as_slice());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((after, limit), |row| Ok(read_settlement(row)?));
        rows.and_then(Iterator::collect).map_err(|error| self.failed(error))
    }

    /// The parked messages of a subscription.
    pub(crate) fn parked(&mut self, subscription: &str) -> Result<Vec<Parked>, Error> {
        let Reader { connection, names, path } = self;
        let sql = "SELECT position, stream, error, attempts, first, last, next FROM fidelis_parked
            WHERE subscription = ?1 ORDER BY position";
        let mut statement = prepare(connection, path, sql)?;
        let subscription: Arc<str> = subscription.into();
        let mut parked = Vec::new();
        let mut rows = statement.query([&*subscription]).map_err(|error| crate::error::of_file(path, error))?;
        while let Some(row) = rows.next().map_err(|error| crate::error::of_file(path, error))? {
            let (position, stream, failure) = read_parked(row).map_err(|error| {
                Error::corrupt_store(format!("cannot read what `{subscription}` has parked in `{}`", path.display()), error)
            })?;
            let stream = names.stream(connection, path, stream)?;
            parked.push(Parked { subscription: Arc::clone(&subscription), stream, position, failure });
        }
        Ok(parked)
    }

    /// The rows of a read model with these keys.
    pub(crate) fn rows(&self, model: &Model, keys: &[Key], staged: bool) -> Result<Vec<Option<Row>>, Error> {
        keys.iter().try_for_each(|key| model.table.check_key(key))?;
        rows(&self.connection, model, keys, staged).map_err(|error| self.failed(error))
    }

    /// The rows that a selection asks for, with their number as of the same moment.
    pub(crate) fn select(&mut self, selection: &Selection) -> Result<Selected, Error> {
        let page = query::rows(&Sqlite, selection)?;
        let count = if selection.count { Some(query::count(&Sqlite, selection)?) } else { None };
        let selected = self.connection.transaction().and_then(|transaction| {
            let total = count.map(|count| {
                let mut statement = transaction.prepare_cached(&count.sql)?;
                statement.query_row(parameters(&count), |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
            });
            let mut rows = Vec::new();
            if selection.limit > 0 {
                let mut statement = transaction.prepare_cached(&page.sql)?;
                let found = statement.query_map(parameters(&page), |row| value::row(selection.table, row))?;
                rows = found.collect::<Result<_, _>>()?;
            }
            Ok(Selected { rows, total: total.transpose()? })
        });
        selected.map_err(|error| self.failed(error))
    }
}

fn parameters(statement: &Statement) -> impl rusqlite::Params + '_ {
    rusqlite::params_from_iter(statement.parameters.iter().map(bind))
}

/// The version of the stream with this number.
pub(crate) fn version(connection: &Connection, stream: i64) -> Result<Option<u64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT max(stream_position) FROM fidelis_records WHERE stream = ?1")?;
    statement.query_row([stream], |row| row.get::<_, Option<i64>>(0)).map(|version| version.map(i64::cast_unsigned))
}

/// Where a checkpoint is; 0 when it has never moved.
pub(crate) fn checkpoint(connection: &Connection, subscription: &str) -> Result<u64, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT position FROM fidelis_checkpoints WHERE subscription = ?1")?;
    let found = statement.query_row([subscription], |row| row.get::<_, i64>(0)).optional()?;
    Ok(found.unwrap_or_default().cast_unsigned())
}

/// What a command was answered.
pub(crate) fn settlement(connection: &Connection, command: MessageId) -> Result<Option<Settlement>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(SETTLEMENT)?;
    statement.query_row([command.uuid().as_bytes().as_slice()], |row| Ok(read_settlement(row)?)).optional()
}

/// The rows with these keys.
pub(crate) fn rows(
    connection: &Connection,
    model: &Model,
    keys: &[Key],
    staged: bool,
) -> Result<Vec<Option<Row>>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(&model.row[usize::from(staged)])?;
    let row = |key| {
        let key = rusqlite::params_from_iter(bind_keys(key));
        statement.query_row(key, |row| value::row(model.table, row)).optional()
    };
    keys.iter().map(row).collect()
}

fn read_settlement(row: &rusqlite::Row<'_>) -> FromSqlResult<Settlement> {
    let column = |index: usize| row.get_ref(index).map_err(|error| FromSqlError::Other(Box::new(error)));
    let answer = column(4)?.as_str_or_null()?;
    Ok(Settlement {
        command: uuid_of(column(0)?)?,
        position: column(1)?.as_i64()?.cast_unsigned(),
        fingerprint: column(2)?.as_i64_or_null()?.map(i64::cast_unsigned),
        outcome: match (column(3)?.as_str()?, answer) {
            ("accepted", answer) => Outcome::Accepted(answer.map(Into::into)),
            ("rejected", Some(rejection)) => {
                Outcome::Rejected(serde_json::from_str(rejection).map_err(|error| FromSqlError::Other(error.into()))?)
            }
            _ => return Err(FromSqlError::InvalidType),
        },
    })
}

fn read_parked(row: &rusqlite::Row<'_>) -> FromSqlResult<(u64, i64, Option<Failure>)> {
    let column = |index: usize| row.get_ref(index).map_err(|error| FromSqlError::Other(Box::new(error)));
    let time = |index| column(index).and_then(|value| value.as_i64()).and_then(time_of);
    let failure = match column(2)?.as_str_or_null()? {
        None => None,
        Some(error) => Some(Failure {
            error: error.to_owned(),
            attempts: column(3)?.as_i64()?.try_into().map_err(|_| FromSqlError::InvalidType)?,
            first: time(4)?,
            last: time(5)?,
            next: match column(6)? {
                ValueRef::Null => None,
                _ => Some(time(6)?),
            },
        }),
    };
    Ok((column(0)?.as_i64()?.cast_unsigned(), column(1)?.as_i64()?, failure))
}
