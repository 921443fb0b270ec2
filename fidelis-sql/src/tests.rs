//! A dialect and a table to write statements for.

use fidelis_core::projection::{ColumnDefinition, ColumnType, Table};

use crate::{Dialect, quote};

/// Writes what is special about it so that a test sees it.
pub(crate) struct Plain;

impl Dialect for Plain {
    fn column_type(&self, column_type: ColumnType) -> &'static str {
        match column_type {
            ColumnType::Boolean => "BOOLEAN",
            ColumnType::Integer => "INTEGER",
            ColumnType::Decimal => "DECIMAL",
            ColumnType::Text => "TEXT",
            ColumnType::Timestamp => "TIMESTAMP",
            ColumnType::Uuid => "UUID",
            ColumnType::Json => "JSON",
        }
    }

    fn table(&self, sql: &mut String, table: &Table, staged: bool) {
        sql.push_str(if staged { "staged." } else { "live." });
        quote(sql, table.name);
    }

    fn placeholder(&self, sql: &mut String, number: usize, _: ColumnType) {
        sql.push('?');
        sql.push_str(&number.to_string());
    }

    fn operand(&self, sql: &mut String, column: &ColumnDefinition) {
        quote(sql, column.name);
        if column.column_type == ColumnType::Decimal {
            sql.push_str(" COLLATE size");
        }
    }

    fn like(&self, sql: &mut String, column: &ColumnDefinition, number: usize) {
        quote(sql, column.name);
        sql.push_str(" LIKE ?");
        sql.push_str(&number.to_string());
    }
}

/// A name that tries to end where it does not end.
pub(crate) static ACCOUNTS: Table = Table {
    name: "accounts\"; drop table x",
    columns: &[
        ColumnDefinition::of::<String>("number"),
        ColumnDefinition::of::<Option<fidelis_core::Decimal>>("balance"),
        ColumnDefinition::of::<i64>("branch"),
    ],
    key: &[2, 0],
    indexes: &[1],
};
