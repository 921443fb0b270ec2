//! Stores whose calls go through somebody's hands on the way.

use std::sync::Arc;

use fidelis_core::{
    BoxFuture, Error, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// What somebody does with the calls to a store.
pub(crate) trait Meddle: Send + Sync + 'static {
    /// Makes a commit, or whatever he does instead.
    fn commit<'a>(&'a self, store: &'a Arc<dyn Store>, commit: Commit) -> BoxFuture<'a, Result<CommitResult, Error>>;

    /// Looks up what a command was answered.
    fn settlement<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        command: MessageId,
    ) -> BoxFuture<'a, Result<Option<Settlement>, Error>> {
        store.settlement(command)
    }
}

/// A store behind somebody who meddles.
pub(crate) fn meddled(store: Arc<dyn Store>, how: impl Meddle) -> Arc<dyn Store> {
    Arc::new(Meddled { store, how })
}

struct Meddled<M> {
    store: Arc<dyn Store>,
    how: M,
}

impl<M: Meddle> Store for Meddled<M> {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.store.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        self.how.commit(&self.store, commit)
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        self.store.read(from, limit)
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.store.head()
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        self.store.wait(position)
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.store.version(stream)
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.store.checkpoint(subscription)
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<(Arc<str>, u64)>, Error>> {
        self.store.checkpoints()
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.how.settlement(&self.store, command)
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.store.settlements(after, limit)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.store.parked(subscription)
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.store.row(table, key, staged)
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        self.store.rows(table, keys, staged)
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.store.select(selection)
    }
}
