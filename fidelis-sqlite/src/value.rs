//! Values of rows as SQLite holds them.
//!
//! | column | stored as |
//! |---|---|
//! | boolean | 0 or 1 |
//! | integer | an integer |
//! | decimal | its digits, as a text; compared by size |
//! | text, JSON | a text |
//! | timestamp | RFC 3339 in UTC with nine digits of a second, so that texts are in the order of time |
//! | identity | a hyphenated UUID in lower case, so that texts are in the order of bytes |

use std::cmp::Ordering;

use fidelis_core::{
    Decimal, Error, Timestamp, Value,
    projection::{ColumnDefinition, ColumnType, Key, Row, Table, evaluate},
    store::{RowChange, TableChange},
};
use jiff::fmt::temporal::DateTimePrinter;
use rusqlite::{
    Connection,
    functions::FunctionFlags,
    types::{FromSqlError, ToSqlOutput, ValueRef},
};
use uuid::Uuid;

use crate::dialect::{DECIMAL, LIKE};

/// The year 0: texts of times before it are not in the order of time.
const EARLIEST: Timestamp = Timestamp::constant(-62_167_219_200, 0);

static TIME: DateTimePrinter = DateTimePrinter::new().precision(Some(9));

/// Whether a change of a row can be stored: every value fits its column and SQLite can hold it.
pub(crate) fn check(change: &RowChange) -> Result<(), Error> {
    match change {
        RowChange::Put { table, row, .. } => {
            table.check_row(row)?;
            row.values().iter().zip(table.columns).try_for_each(|(value, column)| holds(table, column, value))
        }
        RowChange::Delete { table, key, .. } => table.check_key(key),
    }
}

/// The table a row is changed in.
pub(crate) fn table_of(change: &RowChange) -> &'static Table {
    match change {
        RowChange::Put { table, .. } | RowChange::Delete { table, .. } => table,
    }
}

/// The table that is emptied or exchanged.
pub(crate) fn exchanged(change: &TableChange) -> &'static Table {
    match change {
        TableChange::Stage(table) | TableChange::Promote(table) => table,
    }
}

fn holds(table: &Table, column: &ColumnDefinition, value: &Value) -> Result<(), Error> {
    match value {
        Value::Timestamp(time) if *time < EARLIEST => Err(Error::invalid(format!(
            "column `{}` of read model `{}` cannot hold {time}: SQLite holds times from the year 0 on",
            column.name, table.name
        ))),
        _ => Ok(()),
    }
}

/// A value as a parameter.
pub(crate) fn bind(value: &Value) -> ToSqlOutput<'_> {
    match value {
        Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Value::Boolean(value) => i64::from(*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Decimal(value) => value.to_string().into(),
        Value::Text(value) | Value::Json(value) => value.as_str().into(),
        Value::Timestamp(value) => TIME.timestamp_to_string(value).into(),
        Value::Uuid(value) => value.to_string().into(),
    }
}

/// A value of a key as a parameter: equal ones are the same text.
pub(crate) fn bind_key(value: &Value) -> ToSqlOutput<'_> {
    match value {
        Value::Decimal(value) => value.normalize().to_string().into(),
        other => bind(other),
    }
}

/// The values of a row as parameters, in the order of the columns.
pub(crate) fn bind_row<'a>(table: &'a Table, row: &'a Row) -> impl Iterator<Item = ToSqlOutput<'a>> {
    let bind_one = |(index, value)| if table.key.contains(&index) { bind_key(value) } else { bind(value) };
    row.values().iter().enumerate().map(bind_one)
}

/// The values of a key as parameters.
pub(crate) fn bind_keys(key: &Key) -> impl Iterator<Item = ToSqlOutput<'_>> {
    key.values().iter().map(bind_key)
}

/// Reads all columns of a table, in their order.
pub(crate) fn row(table: &Table, found: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    let mut values = Vec::with_capacity(table.columns.len());
    for (index, column) in table.columns.iter().enumerate() {
        let value = read(column.column_type, found.get_ref(index)?);
        values.push(value.map_err(|error| conversion(index, found, error))?);
    }
    Ok(Row::new(values))
}

fn conversion(index: usize, found: &rusqlite::Row<'_>, error: FromSqlError) -> rusqlite::Error {
    let found_type = found.get_ref(index).map_or(rusqlite::types::Type::Null, |value| value.data_type());
    rusqlite::Error::FromSqlConversionFailure(index, found_type, Box::new(error))
}

fn read(column_type: ColumnType, value: ValueRef<'_>) -> Result<Value, FromSqlError> {
    if value == ValueRef::Null {
        return Ok(Value::Null);
    }
    let invalid = |error: &str| FromSqlError::Other(error.to_owned().into());
    Ok(match column_type {
        ColumnType::Boolean => match value.as_i64()? {
            0 => Value::Boolean(false),
            1 => Value::Boolean(true),
            _ => return Err(invalid("neither true nor false")),
        },
        ColumnType::Integer => Value::Integer(value.as_i64()?),
        ColumnType::Decimal => {
            Value::Decimal(Decimal::from_str_exact(value.as_str()?).map_err(|_| invalid("not a decimal number"))?)
        }
        ColumnType::Text => Value::Text(value.as_str()?.to_owned()),
        ColumnType::Timestamp => Value::Timestamp(value.as_str()?.parse().map_err(|_| invalid("not a time"))?),
        ColumnType::Uuid => Value::Uuid(Uuid::try_parse(value.as_str()?).map_err(|_| invalid("not a UUID"))?),
        ColumnType::Json => Value::Json(value.as_str()?.to_owned()),
    })
}

/// Teaches a connection to compare decimals by size and to match patterns as Fidelis means them.
pub(crate) fn teach(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.create_collation(DECIMAL, by_size)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(LIKE, 2, flags, |context| {
        let (pattern, text) = (context.get_raw(0), context.get_raw(1));
        Ok(match (pattern, text) {
            (ValueRef::Text(_), ValueRef::Text(_)) => Some(evaluate::like(pattern.as_str()?, text.as_str()?)),
            _ => None,
        })
    })
}

/// Decimals by size. What is not a decimal, put there by hand, comes after all that are.
fn by_size(one: &str, other: &str) -> Ordering {
    match (Decimal::from_str_exact(one), Decimal::from_str_exact(other)) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}
