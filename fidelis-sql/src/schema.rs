//! What the definition of a read model becomes in a database, and what changed against the table that is there.
//!
//! A read model is made from the log, so nothing in it is lost by making it again. What can be done to its table without that is
//! done when an engine starts: a new column that may be null is added, indexes are added and dropped. Everything else is refused,
//! with all that differs, and the way out is a rebuild.

mod compare;
#[cfg(test)]
mod tests;

use fidelis_core::projection::Table;

pub use compare::{Change, Misfit, compare};

use crate::{Dialect, query::list, quote};

/// A table as a database describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundTable {
    /// Its columns, in any order.
    pub columns: Vec<FoundColumn>,
    /// Its indexes, without that of the key.
    pub indexes: Vec<FoundIndex>,
}

impl FoundTable {
    /// The names of the columns of its key, in their order there.
    fn key(&self) -> Vec<&str> {
        let mut key: Vec<_> = self.columns.iter().filter_map(|column| Some((column.key?, column.name.as_str()))).collect();
        key.sort_unstable();
        key.into_iter().map(|(_, name)| name).collect()
    }
}

/// A column as a database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundColumn {
    /// Its name.
    pub name: String,
    /// The type it was declared with, as [`Dialect::column_type`] would write it.
    pub declared: String,
    /// Whether it may be null.
    pub nullable: bool,
    /// Its place in the primary key, from 0.
    pub key: Option<usize>,
}

/// An index as a database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundIndex {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// Creates the table of a read model.
pub fn create_table(dialect: &impl Dialect, table: &Table, staged: bool) -> String {
    let mut sql = String::from("CREATE TABLE ");
    dialect.table(&mut sql, table, staged);
    sql.push_str(" (");
    for column in table.columns {
        quote(&mut sql, column.name);
        sql.push(' ');
        sql.push_str(dialect.column_type(column.column_type));
        sql.push_str(if column.nullable { ", " } else { " NOT NULL, " });
    }
    sql.push_str("PRIMARY KEY (");
    list(&mut sql, table.key, |sql, &column| quote(sql, table.columns[column].name));
    sql.push_str("))");
    sql.push_str(dialect.table_options());
    sql
}

/// Drops the table of a read model, if it is there.
pub fn drop_table(dialect: &impl Dialect, table: &Table, staged: bool) -> String {
    let mut sql = String::from("DROP TABLE IF EXISTS ");
    dialect.table(&mut sql, table, staged);
    sql
}

/// Adds a column that may be null to the table of a read model.
pub fn add_column(dialect: &impl Dialect, table: &Table, staged: bool, column: usize) -> String {
    let mut sql = String::from("ALTER TABLE ");
    dialect.table(&mut sql, table, staged);
    sql.push_str(" ADD COLUMN ");
    let column = &table.columns[column];
    quote(&mut sql, column.name);
    sql.push(' ');
    sql.push_str(dialect.column_type(column.column_type));
    sql
}

/// Creates the index on a column of a read model.
pub fn create_index(dialect: &impl Dialect, table: &Table, staged: bool, column: usize, generation: usize) -> String {
    let column = &table.columns[column];
    let mut sql = String::from("CREATE INDEX ");
    quote(&mut sql, &dialect.index_name(table, column, generation));
    sql.push_str(" ON ");
    dialect.table(&mut sql, table, staged);
    sql.push_str(" (");
    dialect.operand(&mut sql, column);
    sql.push(')');
    sql
}
