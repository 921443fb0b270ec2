//! Fidelis on SQLite: a domain's log, read models and checkpoints in one durable file, with nothing to install.
//!
//! [`SqliteStore`] opens the file. What is in it, a person reads with `sqlite3`: the view `events` shows the log, and each read model
//! is a table with the columns of its struct.
//!
//! **How positions stay gapless and in commit order.** SQLite lets one transaction write at a time, in whatever process. A batch
//! takes that lock (`BEGIN IMMEDIATE`), reads the head of the log, gives its records the positions after it, and writes records,
//! rows, checkpoints and answers in one transaction. A transaction that is rolled back, or whose process dies, leaves none of it,
//! and the next one reads the same head. Readers see whole transactions only, in the order they were committed.
//!
//! **How it is fast.** One thread writes. It takes all commits that wait, decides them one after the other, and writes them in one
//! transaction: they share one flush, and each still has its own answer ([`fidelis_sql::batch`]).

mod connection;
mod dialect;
mod error;
mod failpoint;
mod migrate;
mod models;
mod open;
mod options;
mod read;
mod readers;
mod store;
mod turn;
mod value;
mod watch;
mod whereabouts;
mod writer;

pub use options::{Durability, SqliteOptions};
pub use store::SqliteStore;
