//! The numbers that names have in the log, and where the log is marked.

use fidelis_core::{StreamName, TypeName};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::read::{self, BLOCK};

/// How many numbers of streams are kept.
const KEPT: usize = 100_000;

/// What the writer knows about numbers. They never change, but those of a transaction that is rolled back are gone.
#[derive(Default)]
pub(super) struct Numbers {
    streams: FxHashMap<StreamName, (i64, i64)>,
    categories: FxHashMap<Box<str>, i64>,
    types: FxHashMap<TypeName, i64>,
    /// The last block that is marked, by kind and number.
    marks: FxHashMap<(i64, i64), i64>,
}

impl Numbers {
    /// The number of a stream that exists.
    pub(super) fn find_stream(&mut self, connection: &Connection, name: &StreamName) -> Result<Option<i64>, rusqlite::Error> {
        if let Some((stream, _)) = self.streams.get(name) {
            return Ok(Some(*stream));
        }
        let found = read::stream_number(connection, name)?;
        if let Some(stream) = found {
            let category = self.category(connection, name.category())?;
            self.streams.insert(name.clone(), (stream, category));
        }
        Ok(found)
    }

    /// The numbers of a stream and of its category.
    pub(super) fn stream(&mut self, connection: &Connection, name: &StreamName) -> Result<(i64, i64), rusqlite::Error> {
        if let Some(known) = self.streams.get(name) {
            return Ok(*known);
        }
        let category = self.category(connection, name.category())?;
        let stream = match read::stream_number(connection, name)? {
            Some(stream) => stream,
            None => {
                let sql = "INSERT INTO fidelis_streams (name, category) VALUES (?1, ?2)";
                connection.prepare_cached(sql)?.insert((name.as_str(), category))?
            }
        };
        self.streams.insert(name.clone(), (stream, category));
        Ok((stream, category))
    }

    fn category(&mut self, connection: &Connection, name: &str) -> Result<i64, rusqlite::Error> {
        if let Some(category) = self.categories.get(name) {
            return Ok(*category);
        }
        let category = match read::category_number(connection, name)? {
            Some(category) => category,
            None => connection.prepare_cached("INSERT INTO fidelis_categories (name) VALUES (?1)")?.insert([name])?,
        };
        self.categories.insert(name.into(), category);
        Ok(category)
    }

    /// The number of a type that exists.
    pub(super) fn find_type(&mut self, connection: &Connection, name: &TypeName) -> Result<Option<i64>, rusqlite::Error> {
        if let Some(number) = self.types.get(name) {
            return Ok(Some(*number));
        }
        let found = read::type_number(connection, name)?;
        if let Some(number) = found {
            self.types.insert(name.clone(), number);
        }
        Ok(found)
    }

    /// The number of a type.
    pub(super) fn type_number(&mut self, connection: &Connection, name: &TypeName) -> Result<i64, rusqlite::Error> {
        if let Some(number) = self.find_type(connection, name)? {
            return Ok(number);
        }
        let number = connection.prepare_cached("INSERT INTO fidelis_types (name) VALUES (?1)")?.insert([name.as_str()])?;
        self.types.insert(name.clone(), number);
        Ok(number)
    }

    /// Marks the block of a position.
    pub(super) fn mark(&mut self, connection: &Connection, kind: i64, number: i64, position: i64) -> Result<(), rusqlite::Error> {
        let block = position / BLOCK;
        if self.marks.insert((kind, number), block) != Some(block) {
            let sql = "INSERT INTO fidelis_marks (kind, id, block) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            connection.prepare_cached(sql)?.execute([kind, number, block])?;
        }
        Ok(())
    }

    /// Forgets all: what was written is rolled back.
    pub(super) fn clear(&mut self) {
        *self = Numbers::default();
    }

    /// Forgets what would make it grow without end.
    pub(super) fn trim(&mut self) {
        if self.streams.len() > KEPT {
            self.streams.clear();
        }
    }
}
