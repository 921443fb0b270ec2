//! Rows of read models, and whole tables of them.

use fidelis_core::{projection::Table, store::TableChange};
use fidelis_sql::{Dialect, quote};

use super::{Statement, parts::RowParts};
use crate::{
    dialect::{Postgres, array_type},
    names::Names,
    rows::comma_separated,
    values::Cell,
};

/// The rows to put.
pub(super) fn put<'a>(statement: &mut Statement<'a>, names: &Names, index: usize, rows: &RowParts<'a>) {
    if rows.put.is_empty() {
        return;
    }
    let table = rows.table;
    statement.text(|sql| {
        sql.push_str(&format!(", put{index} AS (INSERT INTO "));
        Postgres(names).table(sql, table, rows.staged);
        sql.push_str(" (");
        comma_separated(sql, table.columns, |sql, column| quote(sql, column.name));
        sql.push_str(") SELECT ");
    });
    let alone = rows.put.len() == 1;
    statement.push(if alone { "" } else { "u.* FROM unnest(" });
    for (place, column) in table.columns.iter().enumerate() {
        if place > 0 {
            statement.push(", ");
        }
        statement.bind_all(rows.put.iter().map(|row| Cell(&row.values()[place])).collect(), array_type(column.column_type));
    }
    statement.push(if alone { " FROM turn" } else { ") u, turn" });
    statement.text(|sql| {
        sql.push_str(" ON CONFLICT (");
        comma_separated(sql, table.key, |sql, &column| quote(sql, table.columns[column].name));
        sql.push(')');
        replace(sql, table);
        sql.push(')');
    });
}

/// What is done when a row with the key is there.
fn replace(sql: &mut String, table: &Table) {
    let others: Vec<_> = table.columns.iter().enumerate().filter(|(index, _)| !table.key.contains(index)).collect();
    if others.is_empty() {
        sql.push_str(" DO NOTHING");
        return;
    }
    sql.push_str(" DO UPDATE SET ");
    comma_separated(sql, others, |sql, (_, column)| {
        quote(sql, column.name);
        sql.push_str(" = excluded.");
        quote(sql, column.name);
    });
}

/// The rows to delete.
pub(super) fn delete<'a>(statement: &mut Statement<'a>, names: &Names, index: usize, rows: &RowParts<'a>) {
    if rows.deleted.is_empty() {
        return;
    }
    let table = rows.table;
    statement.text(|sql| {
        sql.push_str(&format!(", delete{index} AS (DELETE FROM "));
        Postgres(names).table(sql, table, rows.staged);
        sql.push_str(" t USING ");
    });
    let alone = rows.deleted.len() == 1;
    statement.push(if alone { "(SELECT " } else { "unnest(" });
    for (place, &column) in table.key.iter().enumerate() {
        if place > 0 {
            statement.push(", ");
        }
        let cells = rows.deleted.iter().map(|key| Cell(&key.values()[place])).collect();
        statement.bind_all(cells, array_type(table.columns[column].column_type));
    }
    statement.text(|sql| {
        sql.push_str(") u(");
        comma_separated(sql, 0..table.key.len(), |sql, place| sql.push_str(&format!("k{place}")));
        sql.push_str("), turn WHERE ");
        for (place, &column) in table.key.iter().enumerate() {
            sql.push_str(if place == 0 { "t." } else { " AND t." });
            quote(sql, table.columns[column].name);
            sql.push_str(&format!(" = u.k{place}"));
        }
        sql.push(')');
    });
}

/// What exchanges whole tables, one statement after the other.
///
/// The rows are exchanged, not the tables: whoever reads sees the old rows until it is committed and is never kept waiting, what people
/// have built on the table (views, grants) stays, and it takes no right to change tables. Rows that are the same stay as they are.
pub(crate) fn exchange(names: &Names, change: &TableChange) -> String {
    let dialect = Postgres(names);
    let named = |table: &Table, staged| {
        let mut sql = String::new();
        dialect.table(&mut sql, table, staged);
        sql
    };
    match change {
        TableChange::Stage(table) => format!("DELETE FROM {}", named(table, true)),
        TableChange::Promote(table) => {
            let (live, staged) = (named(table, false), named(table, true));
            let columns = |prefix: &str| {
                let mut sql = String::new();
                comma_separated(&mut sql, table.columns, |sql, column| {
                    sql.push_str(prefix);
                    quote(sql, column.name);
                });
                sql
            };
            let same = |columns: &mut dyn Iterator<Item = usize>| {
                let mut sql = String::new();
                for (place, column) in columns.enumerate() {
                    let column = &table.columns[column];
                    let mut operand = String::new();
                    dialect.operand(&mut operand, column);
                    let word = if place == 0 { "" } else { " AND " };
                    sql.push_str(&format!("{word}s.{operand} IS NOT DISTINCT FROM l.{operand}"));
                }
                sql
            };
            let mut same_key = String::new();
            for (place, &column) in table.key.iter().enumerate() {
                same_key.push_str(if place == 0 { "s." } else { " AND s." });
                quote(&mut same_key, table.columns[column].name);
                same_key.push_str(" = l.");
                quote(&mut same_key, table.columns[column].name);
            }
            let same_row = same(&mut (0..table.columns.len()));
            let mut key = String::new();
            comma_separated(&mut key, table.key, |sql, &column| quote(sql, table.columns[column].name));
            let mut replaced = String::new();
            replace(&mut replaced, table);
            format!(
                "DELETE FROM {live} l WHERE NOT EXISTS (SELECT 1 FROM {staged} s WHERE {same_key}); \
                 INSERT INTO {live} ({own}) SELECT {theirs} FROM {staged} s \
                 WHERE NOT EXISTS (SELECT 1 FROM {live} l WHERE {same_key} AND {same_row}) ON CONFLICT ({key}){replaced}; \
                 DELETE FROM {staged}",
                own = columns(""),
                theirs = columns("s."),
            )
        }
    }
}
