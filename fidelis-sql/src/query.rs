//! Questions about read models, and changes of their rows, as SQL with bound parameters.
//!
//! What a [`Selection`] means is fixed by [`fidelis_core::projection::evaluate`]; what is written here means the same. Callers
//! [`check`](Selection::check) a selection before they have it written.

mod condition;
#[cfg(test)]
mod tests;

use fidelis_core::{
    Error, Value,
    projection::{ColumnType, Direction, Order, Selection, Table},
};

use crate::{Dialect, quote};

/// How many parameters one statement may have: SQLite takes 32,766, PostgreSQL 65,535.
pub const MOST_PARAMETERS: usize = 32_000;

/// The text of a statement and the values of its parameters, in the order of their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text.
    pub sql: String,
    /// The values.
    pub parameters: Vec<Value>,
}

impl Statement {
    fn new(sql: &str) -> Self {
        Statement { sql: sql.to_owned(), parameters: Vec::new() }
    }

    /// Adds a parameter, and its placeholder to the text.
    fn bind(&mut self, dialect: &impl Dialect, value: Value, column_type: ColumnType) {
        self.parameters.push(value);
        dialect.placeholder(&mut self.sql, self.parameters.len(), column_type);
    }

    fn of_bounded_size(self, table: &Table) -> Result<Self, Error> {
        match self.parameters.len() {
            0..=MOST_PARAMETERS => Ok(self),
            many => Err(Error::invalid(format!(
                "a query of read model `{}` compares with {many} values: at most {MOST_PARAMETERS} can be asked for at once",
                table.name
            ))),
        }
    }
}

/// The page of rows that a selection asks for: all columns, in the order of the table.
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid) when it compares with more values than a statement can hold.
pub fn rows(dialect: &impl Dialect, selection: &Selection) -> Result<Statement, Error> {
    let mut statement = Statement::new("SELECT ");
    read_columns(dialect, &mut statement.sql, selection.table);
    which(dialect, &mut statement, selection);
    statement.sql.push_str(" ORDER BY ");
    list(&mut statement.sql, complete(selection), |sql, order| {
        dialect.operand(sql, &selection.table.columns[order.column]);
        sql.push_str(match order.direction {
            Direction::Ascending => " ASC NULLS FIRST",
            Direction::Descending => " DESC NULLS LAST",
        });
    });
    for (word, bound) in [(" LIMIT ", selection.limit), (" OFFSET ", selection.offset)] {
        statement.sql.push_str(word);
        statement.bind(dialect, Value::Integer(i64::try_from(bound).unwrap_or(i64::MAX)), ColumnType::Integer);
    }
    statement.of_bounded_size(selection.table)
}

/// How many rows fit the condition of a selection.
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid) when it compares with more values than a statement can hold.
pub fn count(dialect: &impl Dialect, selection: &Selection) -> Result<Statement, Error> {
    let mut statement = Statement::new("SELECT count(*)");
    which(dialect, &mut statement, selection);
    statement.of_bounded_size(selection.table)
}

fn which(dialect: &impl Dialect, statement: &mut Statement, selection: &Selection) {
    statement.sql.push_str(" FROM ");
    dialect.table(&mut statement.sql, selection.table, false);
    if let Some(condition) = &selection.condition {
        statement.sql.push_str(" WHERE ");
        condition::write(dialect, statement, selection.table, condition);
    }
}

/// What was asked for, then the key: each column once, for what comes twice decides nothing.
fn complete(selection: &Selection) -> Vec<Order> {
    let by_key = selection.table.key.iter().map(|&column| Order { column, direction: Direction::Ascending });
    let mut complete: Vec<Order> = Vec::new();
    for order in selection.order.iter().copied().chain(by_key) {
        if complete.iter().all(|earlier| earlier.column != order.column) {
            complete.push(order);
        }
    }
    complete
}

/// The row with a key; its values are the parameters, in the order of the key.
pub fn row(dialect: &impl Dialect, table: &Table, staged: bool) -> String {
    let mut sql = String::from("SELECT ");
    read_columns(dialect, &mut sql, table);
    sql.push_str(" FROM ");
    dialect.table(&mut sql, table, staged);
    by_key(dialect, &mut sql, table);
    sql
}

/// Deletes the row with a key; its values are the parameters, in the order of the key.
pub fn delete(dialect: &impl Dialect, table: &Table, staged: bool) -> String {
    let mut sql = String::from("DELETE FROM ");
    dialect.table(&mut sql, table, staged);
    by_key(dialect, &mut sql, table);
    sql
}

/// Writes a row, replacing the one with its key; its values are the parameters, in the order of the columns.
pub fn put(dialect: &impl Dialect, table: &Table, staged: bool) -> String {
    let mut sql = String::from("INSERT INTO ");
    dialect.table(&mut sql, table, staged);
    sql.push_str(" (");
    list(&mut sql, table.columns, |sql, column| quote(sql, column.name));
    sql.push_str(") VALUES (");
    list(&mut sql, table.columns.iter().zip(1..), |sql, (column, number)| {
        dialect.placeholder(sql, number, column.column_type);
    });
    sql.push_str(") ON CONFLICT (");
    list(&mut sql, table.key, |sql, &column| quote(sql, table.columns[column].name));
    let others: Vec<_> =
        table.columns.iter().enumerate().filter(|(index, _)| !table.key.contains(index)).map(|(_, column)| column).collect();
    if others.is_empty() {
        sql.push_str(") DO NOTHING");
    } else {
        sql.push_str(") DO UPDATE SET ");
        list(&mut sql, others, |sql, column| {
            quote(sql, column.name);
            sql.push_str(" = excluded.");
            quote(sql, column.name);
        });
    }
    sql
}

fn read_columns(dialect: &impl Dialect, sql: &mut String, table: &Table) {
    list(sql, table.columns, |sql, column| dialect.read(sql, column));
}

fn by_key(dialect: &impl Dialect, sql: &mut String, table: &Table) {
    sql.push_str(" WHERE ");
    for (number, &column) in (1..).zip(table.key) {
        if number > 1 {
            sql.push_str(" AND ");
        }
        let column = &table.columns[column];
        quote(sql, column.name);
        sql.push_str(" = ");
        dialect.placeholder(sql, number, column.column_type);
    }
}

/// Writes each of several things, with commas between.
pub(crate) fn list<T>(sql: &mut String, things: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    for (index, thing) in things.into_iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        write(sql, thing);
    }
}
