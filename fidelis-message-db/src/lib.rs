//! Takes over the log of a [Message DB](https://github.com/message-db/message-db) that [Protean](https://docs.proteanhq.com) has written.
//!
//! A [`Conversion`] turns rows of `message_store.messages` into the lines that [`interchange::Import`](fidelis_core::interchange::Import)
//! takes over. First it [surveys](Conversion::survey) all rows and says what it cannot turn into records, row by row, before anything is
//! written; then it [reads](Conversion::file) them once more as a file. Both are bounded in memory but for one identity for each
//! record and one number for each stream.
//!
//! # What becomes of a row
//!
//! | there | here |
//! |---|---|
//! | `stream_name` `fidelis::account-{id}` | the same name; an identity that is no UUID becomes the one that [`Id::named`](fidelis_core::Id::named) gives it, in `id` and `.._id` fields of the payload as well |
//! | `fidelis::account-fact-{id}` | the stream of facts |
//! | `type` `Fidelis.DepositMade.v1` | the same name, or the one that the [`Mapping`] gives; its version is the schema version |
//! | `position` | the same |
//! | `global_position` | the next position of a log without gaps; the old one is kept in the extensions |
//! | `data` | the payload; amounts that were numbers become exact decimals where the [`Mapping`] says so |
//! | `metadata.headers.id` | the identity of the message: itself if it is a UUID, else a UUID version 5 of the text; the text is kept in the extensions |
//! | `metadata.domain.causation_id`, `.correlation_id` | the same, by the same rule, so that chains stay chains |
//! | `metadata.headers.time`, else the column `time` | the time, or that of the record before it when that is later |
//! | `metadata.domain.priority` | the priority |
//! | `metadata.extensions`, `headers.traceparent`, `.idempotency_key`, `.deadline`, `domain.origin_stream` | extensions |
//! | `metadata.envelope.checksum` | not checked: it is that of Python's text of the payload, which `jsonb` has not kept |
//!
//! Identities of messages are version 5 (of a name), not ones that begin with a time: who caused a message names it by its text alone.
//!
//! # What is not taken over
//!
//! Commands, snapshots, steps of process managers, and the notes of how far handlers were ([`Kind`]). They have to be left out by name
//! ([`Mapping::skip`]): nobody should find out later. Consumers that do things are told to go on behind the log
//! ([`Conversion::handled`]), or they would do all of it again. Fields that were renamed, added or removed are not touched, and neither are
//! nested ones: an event's type has to read what is stored, or take it under another type name.
//!
//! ```
//! use fidelis_core::{MemoryStore, block_on, interchange::Import};
//! use fidelis_message_db::{Conversion, Mapping, rows_of_json};
//! let dump = r#"{"id":"7b3c…","stream_name":"shop::order-5eff1ca9-3bee-52ed-9d11-8e7fa2cee0d2","type":"Shop.OrderPlaced.v1","position":0,"global_position":4,
//!     "data":{"total":1.5},"metadata":{"domain":{"correlation_id":"b53ef9247ffb4dff843c290113272829"},"headers":{"id":"shop::order-5eff1ca9-3bee-52ed-9d11-8e7fa2cee0d2-0","time":"2026-11-20T10:47:24.288031+00:00"}}}"#;
//! let dump = dump.replace('\n', "");
//! let conversion = Conversion::to("shop", Mapping::default());
//! let report = conversion.survey(rows_of_json(dump.as_bytes()))?;
//! assert!(report.problems.is_empty(), "{:?}", report.problems);
//! let store = MemoryStore::default();
//! let file = conversion.file(&report, rows_of_json(dump.as_bytes()))?;
//! assert_eq!(block_on(Import::into(&store).read(file))?.records, 1);
//! # Ok::<(), fidelis_core::Error>(())
//! ```

mod conversion;
mod file;
mod identity;
mod kind;
mod mapping;
mod payload;
mod record;
mod report;
mod row;
mod rows;
#[cfg(feature = "postgres")]
mod server;

pub use conversion::Conversion;
pub use file::File;
pub use kind::Kind;
pub use mapping::Mapping;
pub use report::{Problem, Report};
pub use row::Row;
pub use rows::{Found, rows_of_csv, rows_of_json};
#[cfg(feature = "postgres")]
pub use server::MessageStore;
