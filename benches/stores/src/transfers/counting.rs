//! A store that counts what is asked of it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fidelis::{
    BoxFuture, Error, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// Counts commits and reads.
pub(super) struct Counting {
    inner: Arc<dyn Store>,
    commits: AtomicU64,
    reads: AtomicU64,
}

/// How often a store was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) commits: u64,
    pub(super) reads: u64,
}

impl Counts {
    /// What came after that.
    pub(super) fn since(self, before: Counts) -> Counts {
        Counts { commits: self.commits - before.commits, reads: self.reads - before.reads }
    }
}

impl Counting {
    pub(super) fn new(inner: Arc<dyn Store>) -> Self {
        Counting { inner, commits: AtomicU64::new(0), reads: AtomicU64::new(0) }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts { commits: self.commits.load(Ordering::Relaxed), reads: self.reads.load(Ordering::Relaxed) }
    }

    fn read(&self) -> &dyn Store {
        self.reads.fetch_add(1, Ordering::Relaxed);
        &*self.inner
    }
}

impl Store for Counting {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(commit)
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        Counting::read(self).read(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        Counting::read(self).head()
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        self.inner.wait(position)
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        Counting::read(self).version(stream)
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        Counting::read(self).checkpoint(subscription)
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        Counting::read(self).checkpoints()
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        Counting::read(self).settlement(command)
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        Counting::read(self).settlements(after, limit)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        Counting::read(self).parked(subscription)
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        Counting::read(self).row(table, key, staged)
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        Counting::read(self).rows(table, keys, staged)
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        Counting::read(self).select(selection)
    }
}
