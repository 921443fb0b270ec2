//! A store that knows when a commit with records was answered.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fidelis::{
    BoxFuture, Error, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

pub(super) struct Timed {
    inner: Arc<dyn Store>,
    /// 0: none since somebody asked.
    answered: AtomicU64,
}

impl Timed {
    pub(super) fn new(inner: Arc<dyn Store>) -> Self {
        Timed { inner, answered: AtomicU64::new(0) }
    }

    /// When the last commit with records was answered, once.
    pub(super) fn answered(&self) -> Option<u64> {
        Some(self.answered.swap(0, Ordering::Relaxed)).filter(|answered| *answered > 0)
    }
}

impl Store for Timed {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        let appends = !commit.appends.is_empty();
        Box::pin(async move {
            let result = self.inner.commit(commit).await;
            if appends {
                self.answered.store(super::now(), Ordering::Relaxed);
            }
            result
        })
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

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.inner.version(stream)
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.inner.checkpoint(subscription)
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        self.inner.checkpoints()
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.inner.settlement(command)
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.inner.settlements(after, limit)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.inner.parked(subscription)
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.inner.row(table, key, staged)
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        self.inner.rows(table, keys, staged)
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.inner.select(selection)
    }
}
