//! The store that an explored engine runs on: it reads one world, and commits nothing. What would be committed is shown instead.

use std::{
    future::{pending, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;

use crate::{
    BoxFuture, Error, MemoryStore, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Checkpoints, Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};

/// Shows an engine one world after the other.
#[derive(Clone, Default)]
pub(super) struct Stage(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    store: MemoryStore,
    scene: Scene,
    /// The commits that were attempted, in their order.
    attempted: Vec<Commit>,
    /// Whether something was read that others may change: more than a consumer's own messages and checkpoint.
    looked: bool,
}

/// What an engine is let do.
#[derive(Clone, Debug, Default)]
pub(super) enum Scene {
    /// Everything: commits happen. Before the exploration begins.
    #[default]
    Open,
    /// Everything up to its first commits, which are attempted for ever. It is shown its messages one by one.
    Commits,
    /// The same; of its own transitions, it is only shown those of one process, and all at once.
    CommandsOf(StreamName),
    /// The first commit fails as if the store could not be reached; then as in `Commits`.
    Failure,
}

impl Stage {
    /// Shows a world from now on.
    pub(super) fn show(&self, store: &MemoryStore, scene: Scene) {
        let mut state = self.0.lock();
        state.store = store.clone();
        state.scene = scene;
        state.attempted.clear();
        state.looked = false;
    }

    /// The commits attempted since then.
    pub(super) fn attempted(&self) -> Vec<Commit> {
        std::mem::take(&mut self.0.lock().attempted)
    }

    /// Whether something was read since then that others may change.
    pub(super) fn looked(&self) -> bool {
        self.0.lock().looked
    }

    fn store(&self, looks: bool) -> MemoryStore {
        let mut state = self.0.lock();
        state.looked |= looks;
        state.store.clone()
    }
}

/// Polls a future once: on a store in memory, that is enough.
pub(super) fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// What a store in memory answers.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match poll_once(future) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a store in memory answers at once"),
    }
}

fn answer<'a, T: Send + 'a>(future: impl Future<Output = T>) -> BoxFuture<'a, T> {
    Box::pin(ready(at_once(future)))
}

impl Store for Stage {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        answer(self.store(false).prepare(tables))
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        let mut state = self.0.lock();
        match state.scene {
            Scene::Open => answer(state.store.commit(commit)),
            Scene::Commits | Scene::CommandsOf(_) => {
                state.attempted.push(commit);
                Box::pin(pending())
            }
            Scene::Failure => {
                state.scene = Scene::Commits;
                Box::pin(ready(Err(Error::unavailable("the store cannot be reached", "as the exploration says"))))
            }
        }
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        let (ReadFrom::Interest { .. }, scene) = (from, self.0.lock().scene.clone()) else {
            return answer(self.store(true).read(from, limit));
        };
        let store = self.store(false);
        match scene {
            Scene::Open => answer(store.read(from, limit)),
            Scene::Commits | Scene::Failure => answer(store.read(from, PageLimit { records: 1, ..limit })),
            Scene::CommandsOf(process) => Box::pin(ready(at_once(store.read(from, limit)).map(|mut page| {
                page.retain(|record| record.metadata.stream == process);
                page
            }))),
        }
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        answer(self.store(false).head())
    }

    fn wait(&self, _: u64) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(pending())
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        answer(self.store(true).version(stream))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        answer(self.store(false).checkpoint(subscription))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        answer(self.store(true).checkpoints())
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        answer(self.store(true).settlement(command))
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        answer(self.store(true).settlements(after, limit))
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        answer(self.store(false).parked(subscription))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        answer(self.store(true).row(table, key, staged))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        answer(self.store(true).select(selection))
    }
}
