//! Rows of read models: found by key, selected, decoded.

use fidelis_core::{
    Error,
    projection::{Key, Row, Table},
    store::Selected,
};
use fidelis_sql::{Dialect, query, quote};
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;

use crate::{
    bounds,
    dialect::{Postgres, array_type, table_name},
    fault::Fault,
    names::Names,
    pool::{Pool, reading},
    session::Session,
    tables::Tables,
    values::{self, Cell},
};

/// Something that was asked in one go: which read model could not be decoded, or what the database refused.
pub(crate) enum Unread {
    Row(Error),
    Fault(Fault),
}

impl From<Fault> for Unread {
    fn from(fault: Fault) -> Self {
        Unread::Fault(fault)
    }
}

/// The rows of a table with these keys, in any order.
pub(crate) async fn by_keys(
    session: &Session,
    names: &Names,
    table: &'static Table,
    keys: &[&Key],
    staged: bool,
) -> Result<FxHashMap<Key, Row>, Unread> {
    let mut sql = String::from("SELECT ");
    comma_separated(&mut sql, table.columns.iter(), |sql, column| {
        sql.push_str("t.");
        quote(sql, column.name);
    });
    sql.push_str(" FROM ");
    Postgres(names).table(&mut sql, table, staged);
    sql.push_str(" t JOIN unnest(");
    comma_separated(&mut sql, table.key.iter().enumerate(), |sql, (place, &column)| {
        sql.push_str(&format!("${}::{}[]", place + 1, array_type(table.columns[column].column_type)));
    });
    sql.push_str(") k(");
    comma_separated(&mut sql, 0..table.key.len(), |sql, place| sql.push_str(&format!("k{place}")));
    sql.push_str(") ON ");
    for (place, &column) in table.key.iter().enumerate() {
        sql.push_str(if place == 0 { "t." } else { " AND t." });
        quote(&mut sql, table.columns[column].name);
        sql.push_str(&format!(" = k.k{place}"));
    }
    // A key that no row can have need not be asked for.
    let keys = || keys.iter().filter(|key| bounds::can_be_there(table, key));
    let columns: Vec<Vec<Cell<'_>>> =
        (0..table.key.len()).map(|place| keys().map(|key| Cell(&key.values()[place])).collect()).collect();
    let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect();
    let found = session.query(&sql, &parameters).await?;
    found
        .iter()
        .map(|row| {
            let row = decode(table, staged, row).map_err(Unread::Row)?;
            Ok((table.key_of(&row), row))
        })
        .collect()
}

/// What a selection asks for.
pub(crate) async fn select(
    pool: &Pool,
    names: &Names,
    tables: &Tables,
    selection: &fidelis_core::projection::Selection,
) -> Result<Selected, Error> {
    let table = selection.table;
    tables.check_table(table)?;
    selection.check()?;
    let what = || format!("cannot select from read model `{}`", table.name);
    let dialect = Postgres(names);
    let mut statements = Vec::new();
    if selection.limit > 0 {
        statements.push(query::rows(&dialect, selection)?);
    }
    if selection.count {
        statements.push(query::count(&dialect, selection)?);
    }
    for parameter in statements.iter().flat_map(|statement| &statement.parameters) {
        bounds::check_parameter(table, parameter)?;
    }
    let cells: Vec<Vec<Cell<'_>>> = statements.iter().map(|statement| statement.parameters.iter().map(Cell).collect()).collect();
    let parameters: Vec<Vec<&(dyn ToSql + Sync)>> =
        cells.iter().map(|cells| cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()).collect();
    let queries: Vec<_> =
        statements.iter().zip(&parameters).map(|(statement, parameters)| (&*statement.sql, &**parameters)).collect();
    let named = what();
    let mut answers = reading!(pool, &named, |session| session.query_consistently(&queries).await)?;
    let total = match selection.count.then(|| answers.pop()).flatten() {
        Some(counted) => {
            let count: i64 =
                counted.first().map_or(Ok(0), |row| row.try_get(0)).map_err(|error| Fault::from(error).into_error(&what()))?;
            Some(count.unsigned_abs())
        }
        None => None,
    };
    let rows = answers.pop().unwrap_or_default();
    let rows = rows.iter().map(|row| decode(table, false, row)).collect::<Result<_, _>>()?;
    Ok(Selected { rows, total })
}

/// A row whose columns are those of the table.
fn decode(table: &'static Table, staged: bool, row: &tokio_postgres::Row) -> Result<Row, Error> {
    let cells = table.columns.iter().enumerate().map(|(index, column)| {
        values::value(row, index, column.column_type).map_err(|error| {
            let message =
                format!("cannot read column `{}` of table `{}`; rebuild the read model", column.name, table_name(table, staged));
            Error::corrupt_store(message, error)
        })
    });
    Ok(Row::new(cells.collect::<Result<Vec<_>, _>>()?))
}

/// Writes each of several things, with commas between.
pub(crate) fn comma_separated<T>(sql: &mut String, things: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    for (index, thing) in things.into_iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        write(sql, thing);
    }
}
