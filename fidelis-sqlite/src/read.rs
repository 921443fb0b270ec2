//! Reading the log, page by page.

mod ahead;
mod names;
mod points;
mod record;
#[cfg(test)]
mod tests;

use std::{path::Path, sync::Arc};

pub(crate) use ahead::ReadAhead;
use fidelis_core::{
    Error, Recorded,
    store::{Direction, PageLimit, ReadFrom},
};
pub(crate) use names::Names;
pub(crate) use names::{category_number, stream_number, type_number};
pub(crate) use points::{checkpoint, rows as rows_by_key, settlement, version};
pub(crate) use record::{kind_to, time_of, time_to, uuid_of};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::{open::missing, readers::Reader};

/// How many positions a mark stands for.
pub(crate) const BLOCK: i64 = 256;

/// The kinds of marks.
pub(crate) const TYPE_MARK: i64 = 0;
pub(crate) const CATEGORY_MARK: i64 = 1;

/// The most blocks that are looked through at once where there is much to be found.
const LONGEST_RUN: i64 = 64;

/// Which records, by number.
#[derive(Clone, Debug)]
enum Source {
    All,
    Stream(i64),
    /// Those with marks of this kind and these numbers.
    Marked(i64, Arc<[i64]>),
}

/// A page that is being read: so that it can be begun here and ended on another thread.
#[derive(Debug)]
pub(crate) struct Page {
    source: Source,
    direction: Direction,
    /// Where to go on: in the stream, else in the log.
    next: Option<i64>,
    /// Marked records are read up to here: where the log ended when the page was begun. Each statement sees the log of its own
    /// moment; behind the end of an earlier one, a later one may have begun a block without the rest of the block before.
    end: i64,
    limit: PageLimit,
    bytes: usize,
    records: Vec<Arc<Recorded>>,
    /// How many blocks to look through at once.
    run: i64,
    is_full: bool,
}

impl Page {
    /// Begins a page. What it asks for is looked up by name; `None` when there is no such thing.
    pub(crate) fn begin(reader: &mut Reader, from: ReadFrom<'_>, limit: PageLimit) -> Result<Option<Self>, Error> {
        // Asked before the names are: one that is not there now has no record up to here.
        let end = match from {
            ReadFrom::Category { .. } | ReadFrom::Interest { .. } => reader.head()?.cast_signed(),
            ReadFrom::All { .. } | ReadFrom::Stream { .. } => i64::MAX,
        };
        let (source, position, direction) = match from {
            ReadFrom::All { position, direction } => (Some(Source::All), position, direction),
            ReadFrom::Stream { name, position, direction } => (reader.stream(name)?.map(Source::Stream), position, direction),
            ReadFrom::Category { name, position, direction } => {
                let category = reader.category(name)?;
                (category.map(|number| Source::Marked(CATEGORY_MARK, [number].into())), position, direction)
            }
            ReadFrom::Interest { interest, position } => {
                let types = reader.types(&interest.types)?;
                (Some(Source::Marked(TYPE_MARK, types.into())), position, Direction::Forwards)
            }
        };
        let Some(source) = source else { return Ok(None) };
        let next = Some(i64::try_from(position).unwrap_or(i64::MAX));
        Ok(Some(Page { source, direction, next, end, limit, bytes: 0, records: Vec::new(), run: 1, is_full: false }))
    }

    /// Reads on, to the end of the page, or until it has about `most` records. Says whether it is at the end.
    pub(crate) fn read(&mut self, reader: &mut Reader, most: usize) -> Result<bool, Error> {
        while let Some(next) = self.next {
            if self.is_full {
                return Ok(true);
            }
            if self.records.len() >= most {
                return Ok(false);
            }
            match self.source.clone() {
                Source::All => self.read_all(reader, next, most)?,
                Source::Stream(stream) => self.read_stream(reader, stream, next, most)?,
                Source::Marked(kind, numbers) => self.read_marked(reader, kind, &numbers, next)?,
            }
        }
        Ok(true)
    }

    /// Whether there was more than had room.
    fn is_full(&self) -> bool {
        self.is_full
    }

    /// The records of the page, which is at its end.
    pub(crate) fn into_records(self) -> Vec<Arc<Recorded>> {
        self.records
    }

    fn read_all(&mut self, reader: &mut Reader, next: i64, most: usize) -> Result<(), Error> {
        let (which, order) = match self.direction {
            Direction::Forwards => (">=", "ASC"),
            Direction::Backwards => ("<=", "DESC"),
        };
        let sql = format!("{} WHERE position {which} ?1 ORDER BY position {order}", record::SELECT);
        // Positions begin at 1.
        let forwards = (self.direction == Direction::Forwards).then_some(next.max(1));
        self.consecutive(reader, &sql, &[next], forwards, most, |recorded| recorded.metadata.global_position)
    }

    fn read_stream(&mut self, reader: &mut Reader, stream: i64, next: i64, most: usize) -> Result<(), Error> {
        let (which, order) = match self.direction {
            Direction::Forwards => (">=", "ASC"),
            Direction::Backwards => ("<=", "DESC"),
        };
        let sql = format!("{} WHERE stream = ?2 AND stream_position {which} ?1 ORDER BY stream_position {order}", record::SELECT);
        let forwards = (self.direction == Direction::Forwards).then_some(next);
        self.consecutive(reader, &sql, &[next, stream], forwards, most, |recorded| recorded.metadata.position)
    }

    /// Reads records that must stand at consecutive positions, forwards from `expected` if that is known.
    fn consecutive(
        &mut self,
        reader: &mut Reader,
        sql: &str,
        parameters: &[i64],
        expected: Option<i64>,
        most: usize,
        position: fn(&Recorded) -> u64,
    ) -> Result<(), Error> {
        let Reader { connection, names, path } = reader;
        let mut expected = expected.map(i64::cast_unsigned);
        let mut statement = prepare(connection, path, sql)?;
        let mut rows = names::rows(&mut statement, path, parameters)?;
        while let Some(row) = rows.next().map_err(|error| crate::error::of_file(path, error))? {
            let recorded = record::read(row, names, connection, path)?;
            let found = position(&recorded);
            if let Some(expected) = expected.filter(|&expected| expected != found) {
                return Err(gap(path, &self.source, &recorded, expected));
            }
            let step = match self.direction {
                Direction::Forwards => found.checked_add(1),
                Direction::Backwards => found.checked_sub(1),
            };
            expected = step;
            if !self.take(recorded) {
                return Ok(());
            }
            self.next = step.map(u64::cast_signed);
            if self.next.is_none() || self.records.len() >= most {
                return Ok(());
            }
        }
        self.next = None;
        Ok(())
    }

    /// Looks through the next blocks that have a mark. Where one has much to be found, so have its neighbours: they are looked
    /// through without asking for their marks.
    fn read_marked(&mut self, reader: &mut Reader, kind: i64, numbers: &[i64], next: i64) -> Result<(), Error> {
        let next = if self.direction == Direction::Backwards { next.min(self.end) } else { next };
        let block = next_block(reader, kind, numbers, next.div_euclid(BLOCK), self.direction)?;
        let Some(block) = block.filter(|block| block * BLOCK <= self.end) else {
            self.next = None;
            return Ok(());
        };
        let (first, last, after) = match self.direction {
            Direction::Forwards => {
                let first = next.max(block * BLOCK);
                let last = ((block + self.run) * BLOCK - 1).min(self.end);
                (first, last, Some(last + 1).filter(|&after| after <= self.end))
            }
            Direction::Backwards => {
                let last = next.min(block * BLOCK + BLOCK - 1);
                let first = (block - self.run + 1).max(0) * BLOCK;
                (first, last, Some(first - 1).filter(|&after| after > 0))
            }
        };
        let column = if kind == TYPE_MARK { "type" } else { "category" };
        let order = if self.direction == Direction::Forwards { "ASC" } else { "DESC" };
        // Numbers that were looked up, not names that were given.
        let list = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let sql =
            format!("{} WHERE position BETWEEN ?1 AND ?2 AND {column} IN ({list}) ORDER BY position {order}", record::SELECT);

        let Reader { connection, names, path } = reader;
        let before = self.records.len();
        let mut statement = prepare(connection, path, &sql)?;
        let mut rows = names::rows(&mut statement, path, &[first, last])?;
        while let Some(row) = rows.next().map_err(|error| crate::error::of_file(path, error))? {
            let recorded = record::read(row, names, connection, path)?;
            if !self.take(recorded) {
                return Ok(());
            }
        }
        let found = (self.records.len() - before) as i64;
        self.run = if found * 16 > self.run * BLOCK { (self.run * 2).min(LONGEST_RUN) } else { 1 };
        self.next = after;
        Ok(())
    }

    /// Takes a record into the page, if there is room: the first always, then as many as both bounds allow.
    fn take(&mut self, recorded: Recorded) -> bool {
        self.bytes = self.bytes.saturating_add(recorded.payload.len());
        if !self.records.is_empty() && (self.records.len() >= self.limit.records || self.bytes > self.limit.bytes) {
            self.is_full = true;
            return false;
        }
        self.records.push(Arc::new(recorded));
        true
    }
}

/// The first block from this one on that has one of these marks.
fn next_block(reader: &Reader, kind: i64, numbers: &[i64], block: i64, direction: Direction) -> Result<Option<i64>, Error> {
    let sql = match direction {
        Direction::Forwards => {
            "SELECT block FROM fidelis_marks WHERE kind = ?1 AND id = ?2 AND block >= ?3 ORDER BY block LIMIT 1"
        }
        Direction::Backwards => {
            "SELECT block FROM fidelis_marks WHERE kind = ?1 AND id = ?2 AND block <= ?3 ORDER BY block DESC LIMIT 1"
        }
    };
    let mut statement = prepare(&reader.connection, &reader.path, sql)?;
    let mut nearest: Option<i64> = None;
    for number in numbers {
        let found = statement.query_row([kind, *number, block], |row| row.get::<_, i64>(0)).optional();
        let Some(found) = found.map_err(|error| reader.failed(error))? else { continue };
        nearest = Some(match (nearest, direction) {
            (None, _) => found,
            (Some(nearest), Direction::Forwards) => nearest.min(found),
            (Some(nearest), Direction::Backwards) => nearest.max(found),
        });
        if found == block {
            break;
        }
    }
    Ok(nearest)
}

pub(crate) fn prepare<'a>(connection: &'a Connection, path: &Path, sql: &str) -> Result<CachedStatement<'a>, Error> {
    connection.prepare_cached(sql).map_err(|error| crate::error::of_file(path, error))
}

/// A record that should follow is not there.
fn gap(path: &Path, source: &Source, found: &Recorded, expected: u64) -> Error {
    match source {
        Source::Stream(_) => Error::corrupt_store(
            format!(
                "there is no record at position {expected} of `{}` in `{}`, but one at {} (position {} of the log); restore a backup",
                found.metadata.stream,
                path.display(),
                found.metadata.position,
                found.metadata.global_position
            ),
            "somebody took it out: positions have no gaps",
        ),
        _ => missing(path, expected),
    }
}
