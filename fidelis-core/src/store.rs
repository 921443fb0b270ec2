//! The port every store implements: one write, and the reads that go with it.
//!
//! A store keeps one log and what is derived from it. It has **one mutating operation**, [`Store::commit`]: appends, each with
//! its expected version; rows of read models; checkpoints; the outcome of a command under its key; parked messages. All of it
//! happens or none. What that gives: positions in the log are gapless and in commit order, so a reader that has seen position n
//! has seen everything below it; a read model and its checkpoint move together; a command that comes twice is recognised.
//!
//! [`crate::conformance`](mod@crate::conformance) holds the tests that bind every store to this contract.

mod commit;
mod read;

pub use commit::{
    Append, CheckpointMove, Commit, CommitResult, Committed, Expected, Failure, Fold, Outcome, Parked, ParkedChange,
    PrunedSettlement, Restored, RowChange, RowSource, Settlement, TableChange,
};
pub use read::{Direction, Interest, PageLimit, ReadFrom, Selected};

use std::sync::Arc;

use crate::{
    BoxFuture, Error, MessageId, Recorded, StreamName,
    projection::{Key, Row, Selection, Table},
};

/// Subscriptions with their checkpoints, by name.
pub type Checkpoints = Vec<(Arc<str>, u64)>;

/// A place where a domain's log, read models and checkpoints live.
///
/// Every future is cancel-safe: dropped at any point, polled or not, its operation has either happened whole or not at all. And none waits for
/// another: an operation that was begun and that nobody polls any more keeps no other one waiting, however many of them there are.
///
/// # Errors
/// All operations: [`Unavailable`](crate::ErrorKind::Unavailable) when the store cannot be reached or is full (nothing happened),
/// [`Corrupt`](crate::ErrorKind::Corrupt) when what is stored cannot be read. [`commit`](Store::commit) also gives
/// [`Conflict`](crate::ErrorKind::Conflict) and [`Unknown`](crate::ErrorKind::Unknown).
pub trait Store: Send + Sync + 'static {
    /// Makes the tables of the read models ready: creates what is missing, refuses what does not fit.
    ///
    /// Called once when an engine starts, before anything else.
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>>;

    /// Stores all of it or nothing.
    ///
    /// A commit whose [`settlement`](Commit::settlement) names a command that is settled already stores nothing and gives
    /// [`CommitResult::Repeated`] with what was answered then; this is looked up before any version is compared.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when a stream is not at its expected version, or a checkpoint not where it was
    /// expected. [`Unknown`](crate::ErrorKind::Unknown) when it cannot be told whether the commit happened.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>>;

    /// A page of the log: one stream, one category, all of it, or the records some consumer is interested in.
    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>>;

    /// The position of the last record of the log; 0 when it is empty.
    fn head(&self) -> BoxFuture<'_, Result<u64, Error>>;

    /// Waits until the head of the log is past `position`, whoever writes there, in this process or another; gives the head.
    ///
    /// A hint that is lost on the way costs time, nothing else: behind it the store looks for itself now and then.
    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>>;

    /// The version of a stream: the position of its last record; `None` when it does not exist.
    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>>;

    /// How far a subscription is: the position in the log up to which everything is done; 0 when it has never moved.
    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>>;

    /// All checkpoints that were ever moved, by name.
    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>>;

    /// What a command was answered, if it is settled.
    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>>;

    /// At most `limit` settled commands, in the order of their identities, from the one after `after`.
    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>>;

    /// The messages a subscription has set aside, in the order of the log.
    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>>;

    /// One row of a read model; of its staged table when `staged`.
    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>>;

    /// The rows of a read model with these keys, in their order; of its staged table when `staged`.
    ///
    /// For whoever folds a large batch. A store for which a question costs a round trip answers this one with one.
    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        Box::pin(async move {
            let mut rows = Vec::with_capacity(keys.len());
            for key in keys {
                rows.push(self.row(table, key, staged).await?);
            }
            Ok(rows)
        })
    }

    /// The rows of a read model that a selection asks for, with the total if it asks for that.
    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>>;
}
