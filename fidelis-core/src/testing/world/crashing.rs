//! A store that can be told to lose its program: after so many commits nothing reaches it any more.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::{
    BoxFuture, Error, MemoryStore, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// The in-memory store, out of reach from a commit on.
#[derive(Clone, Default)]
pub(in crate::testing) struct Crashing {
    inner: MemoryStore,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Calm,
    /// So many commits happen before the crash.
    Ahead(usize),
    Gone,
}

impl Crashing {
    pub(super) fn crash_after(&self, commits: usize) {
        *self.state.lock() = State::Ahead(commits);
    }

    /// Whether it was out of reach; it is not any more.
    pub(super) fn revive(&self) -> bool {
        let mut state = self.state.lock();
        let was_gone = matches!(*state, State::Gone);
        if was_gone {
            *state = State::Calm;
        }
        was_gone
    }

    fn reached<'a, T: Send + 'a>(
        &self,
        reach: impl FnOnce() -> BoxFuture<'a, Result<T, Error>>,
    ) -> BoxFuture<'a, Result<T, Error>> {
        match *self.state.lock() {
            State::Gone => Box::pin(std::future::ready(Err(gone()))),
            _ => reach(),
        }
    }
}

fn gone() -> Error {
    Error::unavailable("the program has crashed", "as the test says")
}

impl Store for Crashing {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.inner.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        let state = &mut *self.state.lock();
        match state {
            State::Calm => {}
            State::Ahead(0) => *state = State::Gone,
            State::Ahead(left) => *left -= 1,
            State::Gone => {}
        }
        match state {
            State::Gone => Box::pin(std::future::ready(Err(gone()))),
            _ => self.inner.commit(commit),
        }
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        self.reached(|| self.inner.read(from, limit))
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        self.reached(|| self.inner.head())
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        self.inner.wait(position)
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        self.reached(|| self.inner.version(stream))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        self.reached(|| self.inner.checkpoint(subscription))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        self.inner.checkpoints()
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        self.reached(|| self.inner.settlement(command))
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        self.inner.settlements(after, limit)
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        self.reached(|| self.inner.parked(subscription))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        self.reached(|| self.inner.row(table, key, staged))
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        self.reached(|| self.inner.rows(table, keys, staged))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.reached(|| self.inner.select(selection))
    }
}
