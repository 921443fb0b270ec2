//! Writing a file line by line, hashed as it goes by.

use std::{io::Write, sync::Arc};

use xxhash_rust::xxh3::Xxh3Default;

use super::{
    Summary,
    line::{CheckpointLine, End, Header, Line},
    reader::checksum,
    record::RecordLine,
};
use crate::{Error, Recorded, Timestamp};

/// How many bytes wait at most before they are written.
const PAGE: usize = 1 << 20;

/// Writes a file that [`Import`](super::Import) takes over, from records that are in no store: how a log that another program has
/// written comes in.
///
/// ```
/// use fidelis_core::{MemoryStore, block_on, interchange::{Import, Writer}};
/// let file = Writer::new("fidelis", 0, None, Vec::new())?.finish()?;
/// block_on(Import::into(&MemoryStore::default()).of("fidelis").read(&file[..]))?;
/// # Ok::<(), fidelis_core::Error>(())
/// ```
pub struct Writer<W> {
    to: W,
    page: Vec<u8>,
    hash: Xxh3Default,
    pub(super) header: Header,
    pub(super) counted: End,
    pub(super) bytes: u64,
}

impl<W> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("header", &self.header).field("counted", &self.counted).finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a file: `head` is the number of records that are going to come, `time` that of the last of them.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the file cannot be written; of all methods.
    pub fn new(domain: &str, head: u64, time: Option<Timestamp>, to: W) -> Result<Self, Error> {
        let mut writer = Writer::behind(Header::new(domain, head, time), End::default(), Xxh3Default::new(), to);
        writer.line(&Line::Header(writer.header.clone()))?;
        Ok(writer)
    }

    /// Goes on with a file behind what was hashed and counted.
    pub(super) fn behind(header: Header, counted: End, hash: Xxh3Default, to: W) -> Self {
        Writer { to, page: Vec::new(), hash, header, counted, bytes: 0 }
    }

    /// Adds the next record of the log.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is not the next one, or one more than was promised.
    pub fn record(&mut self, record: &Recorded) -> Result<(), Error> {
        let (found, expected) = (record.metadata.global_position, self.counted.records + 1);
        if found != expected || expected > self.header.head {
            let head = self.header.head;
            return Err(Error::invalid(format!("expected the record at position {expected} of a log of {head}, found {found}")));
        }
        self.line(&Line::Record(RecordLine::of(record)))?;
        self.counted.records += 1;
        Ok(())
    }

    /// Adds how far a subscription is, after the last record.
    ///
    /// # Errors
    /// As [`new`](Writer::new).
    pub fn checkpoint(&mut self, subscription: &str, position: u64) -> Result<(), Error> {
        let line = CheckpointLine { subscription: Arc::from(subscription), position };
        self.line(&Line::Checkpoint(line))?;
        self.counted.checkpoints += 1;
        Ok(())
    }

    /// Writes the closing line; gives back what was written to.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when there are fewer records than were promised.
    pub fn finish(mut self) -> Result<W, Error> {
        self.close()?;
        Ok(self.to)
    }

    /// Writes the closing line.
    ///
    /// # Errors
    /// As [`finish`](Writer::finish).
    pub fn close(&mut self) -> Result<Summary, Error> {
        let (records, head) = (self.counted.records, self.header.head);
        if records != head {
            return Err(Error::invalid(format!("the log ends after {records} records, {head} were promised")));
        }
        self.counted.checksum = checksum(self.hash.digest128());
        self.line(&Line::End(self.counted.clone()))?;
        self.flush()?;
        self.to.flush().map_err(not_written)?;
        Ok(self.counted.summary(0))
    }

    /// What is written to.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.to
    }

    /// Adds a line.
    pub(super) fn line(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let from = self.page.len();
        line.write(&mut self.page).map_err(|error| Error::failed(format!("a `{}` line has no JSON form", line.kind()), error))?;
        self.hash.update(&self.page[from..]);
        if self.page.len() >= PAGE { self.flush() } else { Ok(()) }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// As [`new`](Writer::new).
    pub fn flush(&mut self) -> Result<(), Error> {
        self.to.write_all(&self.page).map_err(not_written)?;
        self.bytes += self.page.len() as u64;
        self.page.clear();
        Ok(())
    }
}

fn not_written(error: std::io::Error) -> Error {
    Error::unavailable("the file cannot be written; an export can go on with what is there", error)
}
