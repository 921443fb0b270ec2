//! Names of streams, categories and types: numbers in the log, looked up once.

use std::path::Path;

use fidelis_core::{Error, StreamName, TypeName};
use rusqlite::{Connection, OptionalExtension, Rows, Statement};
use rustc_hash::FxHashMap;

use super::prepare;
use crate::{error::of_file, readers::Reader};

/// How many names of streams a reader keeps.
const KEPT: usize = 50_000;

/// The names that a reader has seen, by number. They never change.
#[derive(Default)]
pub(crate) struct Names {
    streams: FxHashMap<i64, StreamName>,
    types: FxHashMap<i64, TypeName>,
}

impl Names {
    pub(super) fn stream(&mut self, connection: &Connection, path: &Path, number: i64) -> Result<StreamName, Error> {
        if let Some(name) = self.streams.get(&number) {
            return Ok(name.clone());
        }
        let sql = "SELECT stream.name, category.name FROM fidelis_streams AS stream
            JOIN fidelis_categories AS category ON category.id = stream.category WHERE stream.id = ?1";
        let found = prepare(connection, path, sql)?
            .query_row([number], |row| Ok(named(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)))
            .optional();
        let name = found.map_err(|error| of_file(path, error))?.ok_or_else(|| unknown(path, "stream", number))?;
        if self.streams.len() >= KEPT {
            self.streams.clear();
        }
        self.streams.insert(number, name.clone());
        Ok(name)
    }

    pub(super) fn type_name(&mut self, connection: &Connection, path: &Path, number: i64) -> Result<TypeName, Error> {
        if let Some(name) = self.types.get(&number) {
            return Ok(name.clone());
        }
        let found = prepare(connection, path, "SELECT name FROM fidelis_types WHERE id = ?1")?
            .query_row([number], |row| row.get(0).map(|name: String| TypeName::from(name)))
            .optional();
        let name = found.map_err(|error| of_file(path, error))?.ok_or_else(|| unknown(path, "type", number))?;
        self.types.insert(number, name.clone());
        Ok(name)
    }
}

/// A stream by its name and its category: what stands behind the category may look like a part of it.
fn named(name: &str, category: &str) -> StreamName {
    let parsed = StreamName::parse(name);
    match name.strip_prefix(category).and_then(|rest| rest.strip_prefix('-')) {
        Some(id) if parsed.category() != category => StreamName::new(category, id),
        _ => parsed,
    }
}

fn unknown(path: &Path, what: &str, number: i64) -> Error {
    Error::corrupt_store(
        format!("a record in `{}` belongs to {what} {number}, which is not there; restore a backup", path.display()),
        "somebody took its name out",
    )
}

impl Reader {
    /// The number of a stream.
    pub(crate) fn stream(&self, name: &StreamName) -> Result<Option<i64>, Error> {
        stream_number(&self.connection, name).map_err(|error| self.failed(error))
    }

    /// The number of a category.
    pub(crate) fn category(&self, name: &str) -> Result<Option<i64>, Error> {
        category_number(&self.connection, name).map_err(|error| self.failed(error))
    }

    /// The numbers of those types that there are.
    pub(crate) fn types(&self, names: &[TypeName]) -> Result<Vec<i64>, Error> {
        let mut numbers = Vec::with_capacity(names.len());
        for name in names {
            numbers.extend(type_number(&self.connection, name).map_err(|error| self.failed(error))?);
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }
}

pub(crate) fn stream_number(connection: &Connection, name: &StreamName) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT stream.id FROM fidelis_streams AS stream
        JOIN fidelis_categories AS category ON category.id = stream.category WHERE stream.name = ?1 AND category.name = ?2";
    connection.prepare_cached(sql)?.query_row([name.as_str(), name.category()], |row| row.get(0)).optional()
}

pub(crate) fn category_number(connection: &Connection, name: &str) -> Result<Option<i64>, rusqlite::Error> {
    connection.prepare_cached("SELECT id FROM fidelis_categories WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()
}

pub(crate) fn type_number(connection: &Connection, name: &TypeName) -> Result<Option<i64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT id FROM fidelis_types WHERE name = ?1")?;
    statement.query_row([name.as_str()], |row| row.get(0)).optional()
}

/// Begins a query with numbers as parameters.
pub(super) fn rows<'a>(statement: &'a mut Statement<'_>, path: &Path, parameters: &[i64]) -> Result<Rows<'a>, Error> {
    statement.query(rusqlite::params_from_iter(parameters)).map_err(|error| of_file(path, error))
}
