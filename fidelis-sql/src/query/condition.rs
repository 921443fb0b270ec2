//! Conditions in SQL's three-valued logic.

use fidelis_core::{
    Value,
    projection::{ColumnDefinition, ColumnType, Comparison, Condition, Table},
};

use super::Statement;
use crate::{Dialect, quote};

/// Appends a condition, in parentheses where they matter.
pub(super) fn write(dialect: &impl Dialect, statement: &mut Statement, table: &Table, condition: &Condition) {
    let column = |index: &usize| &table.columns[*index];
    match condition {
        Condition::Compare { column: index, comparison, value } => compare(dialect, statement, column(index), *comparison, value),
        Condition::In { column: index, values } => one_of(dialect, statement, column(index), values),
        Condition::Like { column: index, pattern } => match column(index).column_type {
            ColumnType::Text => {
                statement.parameters.push(Value::Text(dialect.pattern(pattern)));
                dialect.like(&mut statement.sql, column(index), statement.parameters.len());
            }
            _ => statement.sql.push_str(dialect.unknown()),
        },
        Condition::Null { column: index } => {
            quote(&mut statement.sql, column(index).name);
            statement.sql.push_str(" IS NULL");
        }
        Condition::And(both) => combine(dialect, statement, table, &both.0, " AND ", &both.1),
        Condition::Or(either) => combine(dialect, statement, table, &either.0, " OR ", &either.1),
        Condition::Not(condition) => {
            statement.sql.push_str("NOT (");
            write(dialect, statement, table, condition);
            statement.sql.push(')');
        }
    }
}

fn combine(dialect: &impl Dialect, statement: &mut Statement, table: &Table, one: &Condition, word: &str, other: &Condition) {
    statement.sql.push('(');
    write(dialect, statement, table, one);
    statement.sql.push_str(word);
    write(dialect, statement, table, other);
    statement.sql.push(')');
}

fn compare(dialect: &impl Dialect, statement: &mut Statement, column: &ColumnDefinition, comparison: Comparison, value: &Value) {
    // Null compares with nothing, and neither do values of different types.
    if value.column_type() != Some(column.column_type) {
        statement.sql.push_str(dialect.unknown());
        return;
    }
    dialect.operand(&mut statement.sql, column);
    statement.sql.push_str(match comparison {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " <> ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
    });
    statement.bind(dialect, value.clone(), column.column_type);
}

fn one_of(dialect: &impl Dialect, statement: &mut Statement, column: &ColumnDefinition, values: &[Value]) {
    if values.is_empty() {
        // In an empty list is nothing, not even null.
        statement.sql.push_str("1 = 0");
        return;
    }
    dialect.operand(&mut statement.sql, column);
    statement.sql.push_str(" IN (");
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            statement.sql.push_str(", ");
        }
        if value.column_type() == Some(column.column_type) {
            statement.bind(dialect, value.clone(), column.column_type);
        } else {
            // What it does not compare with makes it unknown whether it is in the list.
            statement.sql.push_str("NULL");
        }
    }
    statement.sql.push(')');
}
