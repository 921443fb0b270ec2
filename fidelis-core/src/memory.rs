//! The in-memory store: what tests and short-lived processes run on, with the whole contract of [`Store`] and nothing on disk.

mod chunks;
mod contents;
mod log;
mod places;
mod readers;
mod settlements;
mod tables;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use parking_lot::RwLock;

use crate::{
    BoxFuture, Error, MessageId, Recorded, Store, StreamName,
    memory::{contents::Contents, readers::Readers},
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, Interest, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// Keeps a domain's log, read models and checkpoints in memory, for as long as one of its clones lives.
///
/// Clones share one store. A commit costs the same whatever is stored already; nothing waits for more than a short lock, so its
/// futures are ready at the first poll.
///
/// ```
/// use std::sync::Arc;
/// use fidelis_core::{MemoryStore, Store};
/// let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
/// assert_eq!(pollster::block_on(store.head())?, 0);
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    contents: Arc<RwLock<Contents>>,
    readers: Arc<Readers>,
}

impl MemoryStore {
    /// Another store that holds the same, and from here on goes its own way. Costs as much as what is held is large.
    ///
    /// ```
    /// # use fidelis_core::{MemoryStore, Store};
    /// let store = MemoryStore::default();
    /// let other = store.fork();       // a clone would share one store with it
    /// # assert_eq!(pollster::block_on(other.head())?, 0);
    /// # Ok::<(), fidelis_core::Error>(())
    /// ```
    #[must_use]
    pub fn fork(&self) -> Self {
        MemoryStore { contents: Arc::new(RwLock::new(self.contents.read().clone())), readers: Arc::default() }
    }

    /// Whether there is something of interest that a subscription has not passed.
    pub(crate) fn is_behind(&self, subscription: &str, interest: &Interest) -> bool {
        let contents = self.contents.read();
        contents.log.last_of(interest) > contents.checkpoint(subscription)
    }

    /// What the rows of all read models are, but those of one, as a number: equal rows give equal numbers, however they came there.
    pub(crate) fn fingerprint_of_rows(&self, but: &Table) -> u128 {
        self.contents.read().tables.fingerprint(but)
    }
}

/// How much it holds, never what.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("head", &self.contents.read().log.head()).finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        ready(self.contents.write().tables.prepare(tables))
    }

    fn commit(&self, mut commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        // A replaced table may be large: it is dropped after the lock.
        let mut replaced = Vec::new();
        let result = self.contents.write().commit(&mut commit, &mut replaced);
        self.readers.wake();
        ready(result)
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        ready(Ok(self.contents.read().log.read(from, limit)))
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        ready(Ok(self.contents.read().log.head()))
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        let head = move || Some(self.contents.read().log.head()).filter(|head| *head > position);
        Box::pin(async move { Ok(self.readers.wait_for(head).await) })
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        ready(Ok(self.contents.read().log.version(stream)))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        ready(Ok(self.contents.read().checkpoint(subscription)))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        ready(Ok(self.contents.read().checkpoints()))
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        ready(Ok(self.contents.read().settlement(command)))
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        ready(Ok(self.contents.read().settlements(after, limit)))
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        ready(Ok(self.contents.read().parked(subscription)))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        ready(self.contents.read().tables.row(table, key, staged))
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        let contents = self.contents.read();
        ready(keys.iter().map(|key| contents.tables.row(table, key, staged)).collect())
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        ready(self.contents.read().tables.select(selection))
    }
}

/// Everything is done when it is asked for: what is boxed is the answer, a fraction of the size of the question.
fn ready<'a, T: Send + 'a>(answer: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(answer))
}
