//! A store on the way to another one, for tests that look at every commit or prevent some.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fidelis::{
    BoxFuture, Error, MemoryStore, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};
use parking_lot::Mutex;

/// What becomes of a commit.
pub(crate) enum Fate {
    /// It happens.
    Happens,
    /// It does not happen, and the store says so.
    Fails,
    /// It happens, but the connection breaks before the answer.
    HappensUnheard,
}

/// Asks for the fate of each commit, counted from 1.
pub(crate) struct Observed<F> {
    inner: MemoryStore,
    fate: F,
    /// Which commits do not happen, whenever they come.
    refuses: Box<dyn Fn(&Commit) -> bool + Send + Sync>,
    commits: AtomicU64,
    /// What happens when a row is read next, before the reader goes on.
    pub(super) interruption: Interruption,
}

/// Something that happens once.
pub(super) type Interruption = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

impl<F: Fn(u64) -> Fate> Observed<F> {
    pub(crate) fn new(inner: MemoryStore, fate: F) -> Self {
        let refuses = Box::new(|_: &Commit| false);
        Observed { inner, fate, refuses, commits: AtomicU64::new(0), interruption: Interruption::default() }
    }

    /// The same store, without room for some commits.
    pub(crate) fn refusing(self, refuses: impl Fn(&Commit) -> bool + Send + Sync + 'static) -> Self {
        Observed { refuses: Box::new(refuses), ..self }
    }
}

impl<F: Fn(u64) -> Fate + Send + Sync + 'static> Store for Observed<F> {
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        Box::pin(async move {
            if (self.refuses)(&commit) {
                return Err(Error::unavailable("the store is full", "no room"));
            }
            match (self.fate)(self.commits.fetch_add(1, Ordering::Relaxed) + 1) {
                Fate::Happens => self.inner.commit(commit).await,
                Fate::Fails => Err(Error::unavailable("the store is away", "pulled the plug")),
                Fate::HappensUnheard => {
                    self.inner.commit(commit).await?;
                    Err(Error::unknown("the connection broke", "pulled the plug"))
                }
            }
        })
    }

    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.prepare(tables)
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        self.inner.read(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.inner.head()
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        self.inner.wait(position)
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        self.inner.checkpoints()
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.inner.settlements(after, limit)
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.inner.version(stream)
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.inner.checkpoint(subscription)
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.inner.settlement(command)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.inner.parked(subscription)
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        Box::pin(async move {
            let row = self.inner.row(table, key, staged).await;
            let interruption = self.interruption.lock().take();
            if let Some(interruption) = interruption {
                interruption();
            }
            row
        })
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.inner.select(selection)
    }
}
