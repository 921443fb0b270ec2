//! Moving a log: out of any store as lines of JSON, and into any other, losing nothing.
//!
//! [`Export`] writes a log, [`Import`] takes it over, [`check`] reads a file without a store, [`Comparison`] tells two logs
//! apart. All of it works on the [`Store`] port alone, in pages, with bounded memory, and needs no runtime; reading and
//! writing the file blocks, so a server gives it a thread of its own.
//!
//! # The format
//!
//! UTF-8, one JSON object per line, each with one member that says what the line is:
//!
//! | line | how many | what it holds |
//! |---|---|---|
//! | `header` | 1 | `format` (`"fidelis log"`), `version` (1), `domain`, `head` (the records that follow), `time` (that of the last of them) |
//! | `record` | `head` | all metadata and the payload, in the order of the log |
//! | `settlement` | any | what a command was answered, in the order of the commands' identities |
//! | `checkpoint` | any | how far a subscription is, by name |
//! | `parked` | any | a message that a subscription has set aside |
//! | `end` | 1 | how many of each there are, and the XXH3-128 of every byte before this line |
//!
//! A payload stands in its record as it is stored, byte for byte. One that cannot stand in a line (it holds a line break between
//! its values, or is no JSON) is kept as a text instead, in `payload_text`. Two logs with the same contents give the same file.
//!
//! # What is not in it
//!
//! Rows of read models: they are made again from the log. So whoever imports says which subscriptions are projectors
//! ([`Domain::projectors`](crate::Domain::projectors)), and their checkpoints stay behind: an engine that starts on the new store
//! begins their read models anew. Those of event handlers are taken over, or what they did outside would be done a second time.
//!
//! # What happens when it is interrupted
//!
//! An export goes on behind the last whole line of what it had written ([`Partial`]). An import goes on where the store's log ends,
//! after it has made sure that this is the same log. In between, the store holds a mark ([`UNFINISHED`]) and no engine starts on it.
//!
//! ```
//! use fidelis_core::{MemoryStore, Store, block_on, interchange::{Export, Import}};
//! # let (here, there) = (MemoryStore::default(), MemoryStore::default());
//! # block_on(async {
//! let mut file = Vec::new();
//! let exported = Export::of("fidelis", &here).write(&mut file).await?;
//! let imported = Import::into(&there).of("fidelis").read(&file[..]).await?;
//! assert_eq!(exported.records, imported.records);
//! # Ok::<(), fidelis_core::Error>(()) }).unwrap();
//! ```

mod batch;
mod check;
mod compare;
mod export;
mod import;
mod line;
mod reader;
mod record;
mod resume;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use batch::nobody;
pub use check::{Contents, check};
pub use compare::{Comparison, Side};
pub use export::Export;
pub use import::Import;
pub use resume::Partial;
pub use writer::Writer;

use crate::{Error, Store};

/// The version of the format that is written; others are refused.
pub const VERSION: u32 = 1;

/// The name of the checkpoint that says, while it is not 0, that an import into a store has begun and not ended.
pub const UNFINISHED: &str = "fidelis/unfinished import";

/// How far an export, an import or a check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The records that are done, those of an earlier attempt included.
    pub records: u64,
    /// The records there are.
    pub of: u64,
    /// The bytes that were read or written in this attempt.
    pub bytes: u64,
}

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The records of the log.
    pub records: u64,
    /// Of these, how many an earlier attempt had moved already.
    pub resumed: u64,
    /// Settled commands.
    pub settlements: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Parked messages.
    pub parked: u64,
}

/// Refuses a store that an import has begun to fill and not finished: what is missing there would be lost, and event handlers
/// would do what they have done.
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid) for such a store; what the store reports.
pub async fn refuse_unfinished(store: &dyn Store) -> Result<(), Error> {
    match store.checkpoint(UNFINISHED).await? {
        0 => Ok(()),
        of => {
            let head = store.head().await?;
            Err(Error::invalid(format!(
                "an import into this store is not finished ({head} of {of} records are there): import the same file again, it goes on \
                 where it stopped"
            )))
        }
    }
}

/// Told about progress.
type Watcher<'a> = Option<Box<dyn FnMut(Progress) + Send + 'a>>;
