//! The tables of read models: made, brought up to date, exchanged.

use std::{fmt, path::Path, sync::Arc};

use fidelis_core::{Error, projection::Table, store::TableChange};
use fidelis_sql::{
    query, quote,
    schema::{self, Change, FoundColumn, FoundIndex, FoundTable},
};
use parking_lot::RwLock;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::{
    dialect::{RESERVED, Sqlite, table_name},
    error::of_file,
};

/// The read models whose tables are ready.
#[derive(Default)]
pub(crate) struct Models {
    by_name: RwLock<FxHashMap<&'static str, Arc<Model>>>,
}

/// A read model whose table is ready, with what is said to it again and again: for the live table, then for the staged one.
pub(crate) struct Model {
    pub(crate) table: &'static Table,
    pub(crate) row: [String; 2],
    pub(crate) put: [String; 2],
    pub(crate) delete: [String; 2],
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.read().keys()).finish()
    }
}

impl Models {
    /// The read model of a table, if it is ready as it is defined here.
    pub(crate) fn get(&self, table: &Table) -> Result<Arc<Model>, Error> {
        let found = self.by_name.read().get(table.name).cloned();
        let found = found.ok_or_else(|| {
            Error::invalid(format!("read model `{}` has no table: prepare it when the engine starts", table.name))
        })?;
        if std::ptr::eq(found.table, table) || *found.table == *table {
            return Ok(found);
        }
        Err(Error::invalid(format!("read model `{}` was prepared with other columns or another key", table.name)))
    }

    fn add(&self, table: &'static Table) {
        let both = |write: fn(&Sqlite, &Table, bool) -> String| [false, true].map(|staged| write(&Sqlite, table, staged));
        let model = Model { table, row: both(query::row), put: both(query::put), delete: both(query::delete) };
        self.by_name.write().insert(table.name, Arc::new(model));
    }

    /// Makes the tables ready within the transaction that is open: all of them or none.
    pub(crate) fn prepare(connection: &Connection, path: &Path, tables: &[&'static Table]) -> Result<(), Error> {
        for (index, table) in tables.iter().enumerate() {
            check(table)?;
            let is_same = |earlier: &&&Table| earlier.name.eq_ignore_ascii_case(table.name) && **earlier != *table;
            if tables[..index].iter().any(|earlier| is_same(&earlier)) {
                return Err(Error::invalid(format!(
                    "two read models share the table `{}`: name one of them otherwise",
                    table.name
                )));
            }
            make_ready(connection, path, table)?;
        }
        Ok(())
    }

    /// The tables are ready: what made them so is committed.
    pub(crate) fn are_ready(&self, tables: &[&'static Table]) {
        tables.iter().for_each(|table| self.add(table));
    }
}

/// Whether a definition can be a table of SQLite.
fn check(table: &Table) -> Result<(), Error> {
    table.check()?;
    let name = table.name;
    if name.starts_with(RESERVED) || name.starts_with("sqlite_") || name == "events" {
        return Err(Error::invalid(format!(
            "read model `{name}` has a name that the store needs itself: give its table another with `#[projection(name = \"..\")]`"
        )));
    }
    match table.key.iter().find(|&&column| table.columns[column].nullable) {
        Some(&column) => Err(Error::invalid(format!(
            "column `{}` of read model `{name}` is part of the key and may be null: a row without it could not be found",
            table.columns[column].name
        ))),
        None => Ok(()),
    }
}

fn make_ready(connection: &Connection, path: &Path, table: &'static Table) -> Result<(), Error> {
    let mapped = |error| of_file(path, error);
    for staged in [false, true] {
        let found = find(connection, &table_name(table, staged)).map_err(mapped)?;
        if found.columns.is_empty() {
            create(connection, table, staged).map_err(mapped)?;
            continue;
        }
        match schema::compare(&Sqlite, table, &found) {
            Ok(changes) => apply(connection, table, staged, &changes).map_err(mapped)?,
            // Nobody reads a staged table before it is filled anew.
            Err(_) if staged => {
                connection.execute_batch(&schema::drop_table(&Sqlite, table, staged)).map_err(mapped)?;
                create(connection, table, staged).map_err(mapped)?;
            }
            Err(misfit) => {
                return Err(Error::invalid(format!("{misfit}: `SqliteStore::recreate` does that, in `{}`", path.display())));
            }
        }
    }
    Ok(())
}

fn create(connection: &Connection, table: &'static Table, staged: bool) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&schema::create_table(&Sqlite, table, staged))?;
    let mut indexes = table.indexes.to_vec();
    indexes.sort_unstable();
    indexes.dedup();
    indexes.into_iter().try_for_each(|column| create_index(connection, table, staged, column))
}

/// The index on a column, under the first of its names that is free: one belongs to the live table, one to the staged.
fn create_index(connection: &Connection, table: &'static Table, staged: bool, column: usize) -> Result<(), rusqlite::Error> {
    let mut taken = connection.prepare_cached("SELECT count(*) FROM sqlite_schema WHERE name = ?1")?;
    let definition = &table.columns[column];
    let mut generation = 0;
    while taken
        .query_row([fidelis_sql::Dialect::index_name(&Sqlite, table, definition, generation)], |row| row.get::<_, i64>(0))?
        > 0
    {
        generation += 1;
    }
    connection.execute_batch(&schema::create_index(&Sqlite, table, staged, column, generation))
}

fn apply(connection: &Connection, table: &'static Table, staged: bool, changes: &[Change]) -> Result<(), rusqlite::Error> {
    for change in changes {
        match change {
            Change::AddColumn(column) => {
                connection.execute_batch(&schema::add_column(&Sqlite, table, staged, *column))?;
            }
            Change::AddIndex(column) => create_index(connection, table, staged, *column)?,
            Change::DropIndex(name) => {
                let mut sql = String::from("DROP INDEX ");
                quote(&mut sql, name);
                connection.execute_batch(&sql)?;
            }
        }
    }
    Ok(())
}

/// A table as it is in the file; without columns when it is not there.
fn find(connection: &Connection, name: &str) -> Result<FoundTable, rusqlite::Error> {
    let mut columns = connection.prepare_cached("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")?;
    let columns = columns.query_map([name], |row| {
        let key: i64 = row.get(3)?;
        Ok(FoundColumn {
            name: row.get(0)?,
            declared: row.get(1)?,
            nullable: !row.get::<_, bool>(2)?,
            key: usize::try_from(key - 1).ok(),
        })
    })?;
    let columns = columns.collect::<Result<_, _>>()?;
    // Only those that somebody created: the key's own comes with the table.
    let mut names = connection.prepare_cached("SELECT name FROM pragma_index_list(?1) WHERE origin = 'c'")?;
    let names = names.query_map([name], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut indexes = Vec::new();
    for name in names {
        let mut columns = connection.prepare_cached("SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno")?;
        let columns = columns.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        indexes.push(FoundIndex { name, columns });
    }
    Ok(FoundTable { columns, indexes })
}

/// Empties a staged table, or puts it in the place of the live one.
pub(crate) fn exchange(connection: &Connection, change: TableChange) -> Result<(), rusqlite::Error> {
    match change {
        TableChange::Stage(table) => {
            let mut sql = String::from("DELETE FROM ");
            quote(&mut sql, &table_name(table, true));
            connection.execute_batch(&sql)
        }
        TableChange::Promote(table) => {
            connection.execute_batch(&schema::drop_table(&Sqlite, table, false))?;
            let mut sql = String::from("ALTER TABLE ");
            quote(&mut sql, &table_name(table, true));
            sql.push_str(" RENAME TO ");
            quote(&mut sql, table.name);
            connection.execute_batch(&sql)?;
            create(connection, table, true)
        }
    }
}

/// Drops a table with all its rows and makes it anew, within the transaction that is open.
pub(crate) fn recreate(connection: &Connection, path: &Path, table: &'static Table) -> Result<(), Error> {
    check(table)?;
    let anew = |staged| {
        connection.execute_batch(&schema::drop_table(&Sqlite, table, staged))?;
        create(connection, table, staged)
    };
    [false, true].into_iter().try_for_each(anew).map_err(|error| of_file(path, error))
}
