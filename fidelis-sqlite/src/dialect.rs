//! What SQLite calls things, and how it compares them.

use fidelis_core::projection::{ColumnDefinition, ColumnType, Table};
use fidelis_sql::{Dialect, quote};

/// The collation that compares decimals by size.
pub(crate) const DECIMAL: &str = "fidelis_decimal";
/// The function that matches patterns: `fidelis_like(pattern, text)`.
pub(crate) const LIKE: &str = "fidelis_like";

/// What our own tables, and the staged ones, begin with.
pub(crate) const RESERVED: &str = "fidelis_";

/// The dialect of SQLite.
///
/// The declared types say to people and to [`fidelis_sql::schema`] what a column is; to SQLite, `TEXT` in them says that what is
/// stored is a text: exact, and the same for every reader.
pub(crate) struct Sqlite;

impl Dialect for Sqlite {
    fn column_type(&self, column_type: ColumnType) -> &'static str {
        match column_type {
            ColumnType::Boolean => "BOOLEAN",
            ColumnType::Integer => "INTEGER",
            ColumnType::Decimal => "DECIMAL TEXT",
            ColumnType::Text => "TEXT",
            ColumnType::Timestamp => "TIMESTAMP TEXT",
            ColumnType::Uuid => "UUID TEXT",
            ColumnType::Json => "JSON TEXT",
        }
    }

    /// Rows lie in the order of their keys: one search finds key and row.
    fn table_options(&self) -> &'static str {
        " WITHOUT ROWID"
    }

    fn table(&self, sql: &mut String, table: &Table, staged: bool) {
        quote(sql, &table_name(table, staged));
    }

    fn placeholder(&self, sql: &mut String, number: usize, _: ColumnType) {
        sql.push('?');
        sql.push_str(&number.to_string());
    }

    fn operand(&self, sql: &mut String, column: &ColumnDefinition) {
        quote(sql, column.name);
        if column.column_type == ColumnType::Decimal {
            sql.push_str(" COLLATE ");
            sql.push_str(DECIMAL);
        }
    }

    /// `LIKE` of SQLite knows no case in ASCII and no character at the end of a pattern that is escaped by nothing.
    fn like(&self, sql: &mut String, column: &ColumnDefinition, number: usize) {
        sql.push_str(LIKE);
        sql.push_str("(?");
        sql.push_str(&number.to_string());
        sql.push_str(", ");
        quote(sql, column.name);
        sql.push(')');
    }
}

/// What the table of a read model is called, or the staged one beside it.
pub(crate) fn table_name(table: &Table, staged: bool) -> String {
    match staged {
        false => table.name.to_owned(),
        true => format!("{RESERVED}staged_{}", table.name),
    }
}
