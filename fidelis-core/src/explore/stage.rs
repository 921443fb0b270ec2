//! The store that an explored engine runs on: it reads one world, and commits nothing. What would be committed is shown instead.

use std::{
    future::{pending, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parking_lot::Mutex;

use super::reads::Read;
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
    /// All that was read, but for what cannot change any more.
    reads: Vec<Read>,
}

/// What an engine is let do.
#[derive(Clone, Debug, Default, PartialEq)]
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
        state.reads.clear();
    }

    /// From here on, what is read is noted.
    pub(super) fn note_reads(&self) {
        self.0.lock().reads.clear();
    }

    /// What was read since then.
    pub(super) fn reads(&self) -> Vec<Read> {
        std::mem::take(&mut self.0.lock().reads)
    }

    /// The commits attempted since then.
    pub(super) fn attempted(&self) -> Vec<Commit> {
        std::mem::take(&mut self.0.lock().attempted)
    }

    /// Whether something was read since then that others may change.
    pub(super) fn looked(&self) -> bool {
        self.0.lock().looked
    }

    fn store(&self) -> MemoryStore {
        self.0.lock().store.clone()
    }

    /// The store, for reading something that others may change.
    fn look(&self, read: impl FnOnce(&MemoryStore) -> Result<Read, Error>) -> MemoryStore {
        let mut state = self.0.lock();
        state.looked = true;
        state.note(read);
        state.store.clone()
    }

    /// The store, for reading something that nobody but a consumer itself changes.
    fn own(&self, read: impl FnOnce(&MemoryStore) -> Result<Read, Error>) -> MemoryStore {
        let mut state = self.0.lock();
        state.note(read);
        state.store.clone()
    }
}

impl State {
    fn note(&mut self, read: impl FnOnce(&MemoryStore) -> Result<Read, Error>) {
        let read = read(&self.store).unwrap_or(Read::Much);
        if !self.reads.contains(&read) {
            self.reads.push(read);
        }
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
        answer(self.store().prepare(tables))
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
        let scene = match from {
            ReadFrom::Interest { .. } => self.0.lock().scene.clone(),
            ReadFrom::Stream { name, .. } => return answer(self.look(|store| Read::stream(name, store)).read(from, limit)),
            _ => return answer(self.look(|_| Ok(Read::Much)).read(from, limit)),
        };
        match scene {
            Scene::Open => answer(self.store().read(from, limit)),
            Scene::Commits | Scene::Failure => {
                let page = at_once(self.store().read(from, PageLimit { records: 1, ..limit }));
                // What is first stays first; where nothing is, something may come.
                if page.as_ref().map_or(true, Vec::is_empty) {
                    self.own(|_| Ok(Read::Much));
                }
                Box::pin(ready(page))
            }
            Scene::CommandsOf(process) => {
                let store = self.own(|store| Read::stream(&process, store));
                Box::pin(ready(at_once(store.read(from, limit)).map(|mut page| {
                    page.retain(|record| record.metadata.stream == process);
                    page
                })))
            }
        }
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        answer(self.own(|_| Ok(Read::Much)).head())
    }

    fn wait(&self, _: u64) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(pending())
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        answer(self.look(|store| Read::stream(stream, store)).version(stream))
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        answer(self.own(|store| Read::checkpoint(subscription, store)).checkpoint(subscription))
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Checkpoints, Error>> {
        answer(self.look(|_| Ok(Read::Much)).checkpoints())
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        answer(self.look(|store| Read::settlement(command, store)).settlement(command))
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        answer(self.look(|_| Ok(Read::Much)).settlements(after, limit))
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        answer(self.own(|store| Read::parked(subscription, store)).parked(subscription))
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        answer(self.look(|store| Read::row(table, key, staged, store)).row(table, key, staged))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        answer(self.look(|_| Ok(Read::Much)).select(selection))
    }
}
