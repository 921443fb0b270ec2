//! Mistakes a store can have, built into a correct one on purpose: what an oracle must find.

use std::{sync::Arc, thread, time::Duration};

use fidelis_core::{
    BoxFuture, Error, ErrorKind, MessageId, Recorded, Store, StreamName, block_on,
    projection::{Key, Row, Selection, Table},
    store::{Commit, CommitResult, Committed, Expected, PageLimit, Parked, ReadFrom, Selected, Settlement},
};
use serde::{Deserialize, Serialize};

/// A mistake of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bug {
    /// It answers before the commit has happened.
    AnswersTooEarly,
    /// It writes rows and folds in a transaction after that of the records.
    WritesRowsApart,
    /// It settles the command in a transaction after that of the records.
    SettlesApart,
    /// It appends to each stream in a transaction of its own.
    AppendsApart,
    /// It moves checkpoints before it writes the rows that belong to them.
    MovesCheckpointsFirst,
    /// It takes every version for the expected one.
    IgnoresVersions,
    /// It says that nothing happened when it cannot know.
    TakesUnknownForFailed,
    /// It makes a commit again, without its key, when it does not know whether it happened.
    RepeatsWithoutKey,
}

impl Bug {
    /// A store that has the mistake, and is the given one for the rest.
    pub fn built_into(self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(Faulty { store, bug: self })
    }
}

struct Faulty {
    store: Arc<dyn Store>,
    bug: Bug,
}

impl Faulty {
    async fn faulty_commit(&self, mut commit: Commit) -> Result<CommitResult, Error> {
        match self.bug {
            Bug::AnswersTooEarly => {
                let store = Arc::clone(&self.store);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(5));
                    block_on(store.commit(commit)).map(drop)
                });
                return Ok(CommitResult::Committed(Committed::default()));
            }
            Bug::WritesRowsApart => {
                let mut rows = like(&commit);
                rows.rows = std::mem::take(&mut commit.rows);
                let result = self.store.commit(commit).await?;
                self.store.commit(rows).await?;
                return Ok(result);
            }
            Bug::SettlesApart => {
                let mut settles = like(&commit);
                settles.settlement = commit.settlement.take();
                if let Some(settlement) = &settles.settlement
                    && let Some(settled) = self.store.settlement(settlement.command).await?
                {
                    return Ok(CommitResult::Repeated(settled));
                }
                let result = self.store.commit(commit).await?;
                self.store.commit(settles).await?;
                return Ok(result);
            }
            Bug::AppendsApart => {
                while commit.appends.len() > 1 {
                    let mut one = like(&commit);
                    one.appends.extend(commit.appends.pop());
                    one.folds = commit.folds.clone();
                    self.store.commit(one).await?;
                }
            }
            Bug::MovesCheckpointsFirst => {
                if !commit.checkpoints.is_empty() {
                    let mut moves = like(&commit);
                    moves.checkpoints = std::mem::take(&mut commit.checkpoints);
                    self.store.commit(moves).await?;
                }
            }
            Bug::IgnoresVersions => commit.appends.iter_mut().for_each(|append| append.expected = Expected::Any),
            Bug::TakesUnknownForFailed => {
                return self.store.commit(commit).await.map_err(|error| match error.kind() {
                    ErrorKind::Unknown => Error::unavailable("nothing happened", error),
                    _ => error,
                });
            }
            Bug::RepeatsWithoutKey => {
                let mut again = commit.clone();
                let result = self.store.commit(commit).await;
                if !is(&result, ErrorKind::Unknown) {
                    return result;
                }
                again.settlement = None;
                loop {
                    let result = self.store.commit(again.clone()).await;
                    if !is(&result, ErrorKind::Unavailable) {
                        return result;
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        self.store.commit(commit).await
    }
}

fn is(result: &Result<CommitResult, Error>, kind: ErrorKind) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == kind)
}

/// A commit of nothing, at the same time and from the same origin.
fn like(commit: &Commit) -> Commit {
    Commit::new(commit.time, commit.origin.clone())
}

impl Store for Faulty {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        self.store.prepare(tables)
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        Box::pin(self.faulty_commit(commit))
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
        self.store.settlement(command)
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

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        self.store.select(selection)
    }
}
