//! What an interrupted export has left.

use std::io::BufRead;

use xxhash_rust::xxh3::Xxh3Default;

use super::{
    check::{Accepted, Sequence},
    line::{End, Header, Line},
    reader::{Next, Reader, begins_header},
};
use crate::{Error, MessageId, Recorded};

/// What an export that was interrupted has written, for [`Export::resume`](super::Export::resume) to go on with.
///
/// ```
/// use fidelis_core::{MemoryStore, block_on, interchange::{Export, Partial}};
/// let store = MemoryStore::default();
/// let mut file = Vec::new();
/// block_on(Export::of("fidelis", &store).write(&mut file))?;
/// let whole = file.clone();
/// file.truncate(whole.len() - 10);
/// let partial = Partial::scan(&file[..])?.expect("the header is there");
/// file.truncate(partial.keep() as usize);
/// block_on(Export::of("fidelis", &store).resume(partial, &mut file))?;
/// assert_eq!(file, whole);
/// # Ok::<(), fidelis_core::Error>(())
/// ```
pub struct Partial {
    pub(super) header: Header,
    pub(super) counted: End,
    pub(super) last: Option<Recorded>,
    pub(super) settlement: Option<MessageId>,
    pub(super) hash: Xxh3Default,
    pub(super) complete: bool,
    keep: u64,
}

/// How much there is, never what.
impl std::fmt::Debug for Partial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partial").field("keep", &self.keep).field("complete", &self.complete).finish_non_exhaustive()
    }
}

impl Partial {
    /// Reads what is there, up to the first line that is not whole or not what an export writes; `None` when there is not even a
    /// first line.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is something else than an exported log: nobody wants that overwritten.
    pub fn scan(from: impl BufRead) -> Result<Option<Self>, Error> {
        let mut reader = Reader::new(from);
        let header = match reader.next()? {
            Next::Line(text) => Header::parse(text)?,
            Next::Nothing => return Ok(None),
            Next::Cut(line) if begins_header(line) => return Ok(None),
            Next::Cut(_) => return Err(Error::invalid("the file is there and no exported log: export to another file")),
        };
        let mut sequence = Sequence::new(header.clone());
        let mut partial = Partial {
            header,
            counted: End::default(),
            last: None,
            settlement: None,
            hash: reader.hash(),
            complete: false,
            keep: reader.bytes,
        };
        loop {
            let line = match reader.next() {
                Ok(Next::Line(text)) => Line::parse(text),
                Ok(Next::Cut(_) | Next::Nothing) => return Ok(Some(partial)),
                Err(error) if error.kind() == crate::ErrorKind::Unavailable => return Err(error),
                Err(_) => return Ok(Some(partial)),
            };
            let Ok(accepted) = line.and_then(|line| sequence.placed(line)) else { return Ok(Some(partial)) };
            match accepted {
                Accepted::Record(record) => partial.last = Some(record),
                Accepted::Settlement(settlement) => partial.settlement = Some(settlement.command),
                // Those are few, and newer ones are better: they are written anew.
                Accepted::Checkpoint(..) | Accepted::Parked(_) => continue,
                Accepted::End(end) => {
                    if reader.closes(&end, &sequence.counted).is_ok() {
                        partial.complete = true;
                        partial.counted = sequence.counted;
                        partial.keep = reader.bytes;
                    }
                    return Ok(Some(partial));
                }
            }
            partial.counted = sequence.counted.clone();
            partial.hash = reader.hash();
            partial.keep = reader.bytes;
        }
    }

    /// How many bytes of the file are kept: what comes after them has to be taken off before the export goes on.
    pub fn keep(&self) -> u64 {
        self.keep
    }

    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The records that are there.
    pub fn records(&self) -> u64 {
        self.counted.records
    }
}
