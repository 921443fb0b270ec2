//! A Fidelis store on PostgreSQL: one log for many processes on many machines.
//!
//! [`PostgresStore`] implements [`Store`](fidelis_core::Store). Everything lives in one schema of one database (`fidelis`, unless the
//! options name another), as tables that a person with `psql` can read:
//!
//! | table | what |
//! |---|---|
//! | `events` | the log: a row per message, `position` gapless and in commit order |
//! | one per read model | the columns are the fields of its `#[projection]`; `…__staged` beside it while it is rebuilt |
//! | `checkpoints` | how far each subscription is |
//! | `parked` | messages set aside, with why |
//! | `settlements` | what commands were answered |
//! | `batches` | the order of writing |
//! | `migrations` | which steps of the layout were taken |
//!
//! PostgreSQL 13 or newer is needed, a database with the encoding UTF8, and the primary: a standby is refused. Connect directly or
//! through a proxy that keeps sessions; one that hands out a connection per transaction does not work.
//!
//! # Accounts
//!
//! The owner of the schema makes tables: at the first start, and when a newer program brings new read models. Applications can run under an
//! account that cannot: the owner runs what [`PostgresStore::grants`] prints for it. It appends to the log and reads it, and can neither
//! update nor delete there; a trigger refuses that even to the owner.

mod bounds;
mod dialect;
mod failpoint;
mod fault;
mod foreign;
mod grants;
mod heads;
mod migrate;
mod names;
mod options;
mod pool;
mod prepare;
mod questions;
mod read;
mod records;
mod rows;
mod runtime;
mod session;
mod settlements;
mod store;
mod tables;
mod tls;
mod values;
mod writer;

pub use foreign::ForeignDatabase;
pub use options::{Durability, PostgresOptions};
pub use store::PostgresStore;
