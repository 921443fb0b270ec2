//! Where databases differ in what they understand.

use fidelis_core::projection::{ColumnDefinition, ColumnType, Table};

/// What a database calls things, and how it compares them.
///
/// Everything is appended to the statement that is being written. What a user gave, names of tables and columns included, goes
/// through [`quote`] or is a parameter; it never becomes part of a statement as it is.
pub trait Dialect {
    /// The type a column is declared with. Two column types must not share one: a changed type is recognised by it.
    fn column_type(&self, column_type: ColumnType) -> &'static str;

    /// What follows the list of columns of a new table, such as ` WITHOUT ROWID`.
    fn table_options(&self) -> &'static str {
        ""
    }

    /// The name of the table of a read model, or of the staged one beside it, quoted.
    fn table(&self, sql: &mut String, table: &Table, staged: bool);

    /// The name of the index on a column, not quoted. `generation` tells apart the indexes of the table that is live and of the one
    /// that is staged, which is live after the next rebuild.
    fn index_name(&self, table: &Table, column: &ColumnDefinition, generation: usize) -> String {
        format!("{}.{}.{generation}", table.name, column.name)
    }

    /// The parameter with this number, counted from 1, that holds a value of this type.
    fn placeholder(&self, sql: &mut String, number: usize, column_type: ColumnType);

    /// A column as it is read.
    fn read(&self, sql: &mut String, column: &ColumnDefinition) {
        quote(sql, column.name);
    }

    /// A column as it is compared and sorted: so that texts compare by code point, decimals by size.
    fn operand(&self, sql: &mut String, column: &ColumnDefinition) {
        quote(sql, column.name);
    }

    /// Whether a text column matches the pattern that the parameter with this number holds, as
    /// [`like`](fidelis_core::projection::evaluate::like) says; null for null.
    fn like(&self, sql: &mut String, column: &ColumnDefinition, number: usize);

    /// The pattern as [`like`](Dialect::like) wants it.
    fn pattern(&self, pattern: &str) -> String {
        pattern.to_owned()
    }

    /// A condition that is neither true nor false.
    fn unknown(&self) -> &'static str {
        "NULL"
    }
}

/// Appends a name in quotes, as an identifier of standard SQL: whatever it holds, it ends where it ends.
pub fn quote(sql: &mut String, name: &str) {
    sql.push('"');
    for character in name.chars() {
        if character == '"' {
            sql.push('"');
        }
        sql.push(character);
    }
    sql.push('"');
}
