//! Torture for stores: processes that write and are killed, disks that lose what was not flushed, servers that stop, and an
//! oracle that reads what is left by plain SQL.
//!
//! | part | what it does |
//! |---|---|
//! | [`Workload`] | commits that say in their payloads what they are a part of; each follows from its [`Key`] |
//! | [`Task`] | the worker process: callers that write and print what they were told |
//! | [`Worker`] | runs such a process from a test, listens to it, kills it |
//! | [`History`] | what callers were told |
//! | [`oracle`] | judges what is left in a database by that |
//! | [`follow`] | readers that remember what they were shown |
//! | [`Step`] | a step of a commit at which a process dies |
//! | [`Volume`] | a small file system that can be full or read-only |
//! | [`Campaign`] | one place, tortured run after run |
//! | [`Disk`] | loses power, or fails to flush, under a worker |
//! | [`Plain`] | writes into an SQLite file without a store: shows that the disk does what it says |
//! | [`Bug`] | mistakes built into a store on purpose, to see that they are found |

pub mod bank;
mod bug;
mod campaign;
mod history;
mod key;
mod meddling;
pub mod oracle;
mod place;
mod plain;
mod power;
mod process;
mod reader;
mod step;
mod task;
mod tier;
mod volume;
mod worker;
pub mod workload;

pub use bug::Bug;
pub use campaign::Campaign;
pub use history::{Answer, History, Line, NoLine};
pub use key::{Key, NoKey};
pub use place::Place;
pub use plain::{Plain, Synchronous};
pub use power::{Disk, Loss};
pub use process::{Ended, Until, Worker};
pub use reader::{Habit, Seen, Watch, follow};
pub use step::Step;
pub use task::Task;
pub use tier::{Tier, seed};
pub use volume::Volume;
pub use worker::{Assignment, attempt};
pub use workload::Workload;
