//! What read models look like in PostgreSQL: tables, columns, conditions.

use fidelis_core::projection::{ColumnDefinition, ColumnType, Table};
use fidelis_sql::{Dialect, quote};

use crate::names::Names;

/// What the name of a staged table ends in.
const STAGED: &str = "__staged";

/// The longest name PostgreSQL keeps; longer ones it cuts without a word.
pub(crate) const LONGEST_NAME: usize = 63;

/// The longest name of a read model: its staged table needs one too.
pub(crate) const LONGEST_TABLE: usize = LONGEST_NAME - STAGED.len();

/// PostgreSQL, with the tables in one schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Postgres<'a>(pub(crate) &'a Names);

/// The name of the table of a read model, not quoted.
pub(crate) fn table_name(table: &Table, staged: bool) -> String {
    format!("{}{}", table.name, if staged { STAGED } else { "" })
}

impl Dialect for Postgres<'_> {
    fn column_type(&self, column_type: ColumnType) -> &'static str {
        match column_type {
            ColumnType::Boolean => "boolean",
            ColumnType::Integer => "bigint",
            ColumnType::Decimal => "numeric",
            // By code point, whatever the database's own order of words is.
            ColumnType::Text => r#"text COLLATE "C""#,
            ColumnType::Timestamp => "timestamp with time zone",
            ColumnType::Uuid => "uuid",
            ColumnType::Json => "json",
        }
    }

    fn table(&self, sql: &mut String, table: &Table, staged: bool) {
        sql.push_str(&self.0.schema);
        sql.push('.');
        quote(sql, &table_name(table, staged));
    }

    fn index_name(&self, table: &Table, column: &ColumnDefinition, _: usize) -> String {
        let name = format!("{}.{}", table.name, column.name);
        if name.len() <= LONGEST_NAME {
            return name;
        }
        // Too long to be told apart by how they begin.
        let hash = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string();
        let end = (0..=LONGEST_NAME - 1 - hash.len()).rev().find(|&end| name.is_char_boundary(end)).unwrap_or_default();
        format!("{}.{hash}", &name[..end])
    }

    fn placeholder(&self, sql: &mut String, number: usize, column_type: ColumnType) {
        sql.push_str(&format!("${number}::{}", parameter_type(column_type)));
    }

    fn operand(&self, sql: &mut String, column: &ColumnDefinition) {
        quote(sql, column.name);
        // A `json` has no order and no equality of its own.
        if column.column_type == ColumnType::Json {
            sql.push_str(r#"::text COLLATE "C""#);
        }
    }

    fn like(&self, sql: &mut String, column: &ColumnDefinition, number: usize) {
        quote(sql, column.name);
        sql.push_str(&format!(" LIKE ${number}::text"));
    }

    /// A lone `\` at the end is an error here; elsewhere it stands for itself.
    fn pattern(&self, pattern: &str) -> String {
        let trailing = pattern.bytes().rev().take_while(|&byte| byte == b'\\').count();
        format!("{pattern}{}", if trailing % 2 == 1 { "\\" } else { "" })
    }

    fn unknown(&self) -> &'static str {
        "NULL::boolean"
    }
}

/// The type of a parameter that is compared with a column of this type.
fn parameter_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Json => "text",
        other => array_type(other),
    }
}

/// The type of a value that is written to a column of this type, without its collation.
pub(crate) fn array_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Boolean => "boolean",
        ColumnType::Integer => "bigint",
        ColumnType::Decimal => "numeric",
        ColumnType::Text => "text",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Uuid => "uuid",
        ColumnType::Json => "json",
    }
}
