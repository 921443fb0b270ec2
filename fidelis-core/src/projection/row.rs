//! Rows as stores see them: values in columns, found by key.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use rust_decimal::Decimal;
use smallvec::SmallVec;
use uuid::Uuid;

use super::{Column, ColumnDefinition};

/// The value of one column of one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A text.
    Text(String),
    /// An instant.
    Timestamp(Timestamp),
    /// A 128-bit identity.
    Uuid(Uuid),
    /// A nested value, as JSON.
    Json(String),
}

/// The values of a row, in the order of the columns.
///
/// Cheap to clone: the values are shared until somebody takes them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Arc<[Value]>);

impl Row {
    /// A row of these values.
    pub fn new(values: impl Into<Arc<[Value]>>) -> Self {
        Row(values.into())
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// Takes the value of the `index`-th column of `table`: moves it out of a row of one's own, copies it out of a shared one.
    ///
    /// # Errors
    /// When there is no such column or the value is not a `C`.
    pub fn take<C: Column>(&mut self, table: &Table, index: usize) -> Result<C, RowError> {
        let value = match Arc::get_mut(&mut self.0) {
            Some(values) => values.get_mut(index).map(|value| std::mem::replace(value, Value::Null)),
            None => self.0.get(index).cloned(),
        };
        value.ok_or(None).and_then(|value| C::from_value(value).map_err(Some)).map_err(|found| RowError {
            table: table.name,
            column: table.columns.get(index).map_or("?", |column| column.name),
            found,
        })
    }
}

/// The values of a key, in the order of the key's columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[Value; 1]>);

impl Key {
    /// A key of these values.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Self {
        Key(values.into_iter().collect())
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// For people: the values, comma-separated.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Boolean(value) => value.fmt(f),
            Value::Integer(value) => value.fmt(f),
            Value::Decimal(value) => value.fmt(f),
            Value::Text(value) | Value::Json(value) => f.write_str(value),
            Value::Timestamp(value) => value.fmt(f),
            Value::Uuid(value) => value.fmt(f),
        }
    }
}

/// A table of a read model.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name: snake case of the type's, or the `name` option.
    pub name: &'static str,
    /// Its columns, in the order of the fields.
    pub columns: &'static [ColumnDefinition],
    /// The columns of its key: indexes into `columns`.
    pub key: &'static [usize],
    /// The columns that queries often filter or sort by: indexes into `columns`.
    pub indexes: &'static [usize],
}

impl Table {
    /// The key of a row of this table.
    pub fn key_of(&self, row: &Row) -> Key {
        let values = row.values();
        match *self.key {
            [column] => Key(smallvec::smallvec![values[column].clone()]),
            ref columns => Key::new(columns.iter().map(|&column| values[column].clone())),
        }
    }
}

/// A stored row that does not fit its type.
#[derive(Clone, Debug, PartialEq)]
pub struct RowError {
    table: &'static str,
    column: &'static str,
    found: Option<Value>,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column `{}` of read model `{}` ", self.column, self.table)?;
        match &self.found {
            // The value itself may be somebody's secret.
            Some(_) => f.write_str("holds a value of another type; rebuild the read model"),
            None => f.write_str("is missing; rebuild the read model"),
        }
    }
}

impl std::error::Error for RowError {}

/// A type whose values can be the key of a row: a column type, or a tuple of them.
pub trait RowKey: Clone + Send + Sync + 'static {
    /// The values, in the order of the key's columns.
    fn into_key(self) -> Key;
}

impl<C: Column> RowKey for C {
    fn into_key(self) -> Key {
        Key(smallvec::smallvec![self.into_value()])
    }
}

macro_rules! tuple_key {
    ($($name:ident)+) => {
        impl<$($name: Column),+> RowKey for ($($name,)+) {
            #[allow(non_snake_case)]
            fn into_key(self) -> Key {
                let ($($name,)+) = self;
                Key::new([$($name.into_value()),+])
            }
        }
    };
}

tuple_key!(A B);
tuple_key!(A B C);
tuple_key!(A B C D);
