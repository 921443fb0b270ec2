//! Whether rows, keys and selections fit their table: what every store refuses before it stores or asks anything.

use super::{ColumnDefinition, ColumnType, Condition, Key, Row, Selection, Table, Value};
use crate::Error;

impl Value {
    /// What a database makes of it; `None` for null.
    pub const fn column_type(&self) -> Option<ColumnType> {
        match self {
            Value::Null => None,
            Value::Boolean(_) => Some(ColumnType::Boolean),
            Value::Integer(_) => Some(ColumnType::Integer),
            Value::Decimal(_) => Some(ColumnType::Decimal),
            Value::Text(_) => Some(ColumnType::Text),
            Value::Timestamp(_) => Some(ColumnType::Timestamp),
            Value::Uuid(_) => Some(ColumnType::Uuid),
            Value::Json(_) => Some(ColumnType::Json),
        }
    }
}

impl Table {
    /// Whether it can be a table at all.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it has no key, or its key or an index names a column it does not have.
    pub fn check(&self) -> Result<(), Error> {
        if self.key.is_empty() {
            return Err(Error::invalid(format!("read model `{}` has no key: mark a field `#[identifier]`", self.name)));
        }
        self.key.iter().chain(self.indexes).try_for_each(|&column| self.column(column).map(drop))
    }

    /// Whether a row can be stored in it.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it has more or fewer values than the table has columns, or a value does not fit
    /// its column; the error names table and column, never the value.
    pub fn check_row(&self, row: &Row) -> Result<(), Error> {
        let values = row.values();
        if values.len() != self.columns.len() {
            return Err(Error::invalid(format!(
                "a row of read model `{}` has {} values: its table has {} columns",
                self.name,
                values.len(),
                self.columns.len()
            )));
        }
        values.iter().zip(self.columns).try_for_each(|(value, column)| self.check_value(column, value))
    }

    /// Whether a key can be that of one of its rows.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it has more or fewer values than the table's key, or a value does not fit its
    /// column; the error names table and column, never the value.
    pub fn check_key(&self, key: &Key) -> Result<(), Error> {
        let values = key.values();
        if values.len() != self.key.len() {
            return Err(Error::invalid(format!(
                "a key of read model `{}` has {} values: its table's key has {} columns",
                self.name,
                values.len(),
                self.key.len()
            )));
        }
        values.iter().zip(self.key).try_for_each(|(value, &column)| self.check_value(self.column(column)?, value))
    }

    #[inline]
    fn check_value(&self, column: &ColumnDefinition, value: &Value) -> Result<(), Error> {
        let fits = match value.column_type() {
            None => column.nullable,
            Some(found) => found == column.column_type,
        };
        if fits { Ok(()) } else { Err(self.misfit(column, value)) }
    }

    #[cold]
    fn misfit(&self, column: &ColumnDefinition, value: &Value) -> Error {
        let found = if *value == Value::Null { "no value" } else { "a value of another type" };
        Error::invalid(format!(
            "column `{}` of read model `{}` got {found}: it holds {:?}",
            column.name, self.name, column.column_type
        ))
    }

    fn column(&self, column: usize) -> Result<&ColumnDefinition, Error> {
        self.columns.get(column).ok_or_else(|| {
            let columns = self.columns.len();
            Error::invalid(format!("read model `{}` has no column {column}: it has {columns}, counted from 0", self.name))
        })
    }
}

impl Selection {
    /// Whether it asks for columns its table has.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when its condition or its order names a column the table does not have.
    pub fn check(&self) -> Result<(), Error> {
        self.condition.iter().try_for_each(|condition| self.check_condition(condition))?;
        self.order.iter().try_for_each(|order| self.table.column(order.column).map(drop))
    }

    fn check_condition(&self, condition: &Condition) -> Result<(), Error> {
        match condition {
            Condition::Compare { column, .. }
            | Condition::In { column, .. }
            | Condition::Like { column, .. }
            | Condition::Null { column } => self.table.column(*column).map(drop),
            Condition::And(both) | Condition::Or(both) => {
                self.check_condition(&both.0)?;
                self.check_condition(&both.1)
            }
            Condition::Not(condition) => self.check_condition(condition),
        }
    }
}
