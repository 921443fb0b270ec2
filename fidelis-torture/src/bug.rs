//! Mistakes a store can have, built into a correct one on purpose: what an oracle must find.

use std::{sync::Arc, thread, time::Duration};

use fidelis_core::{
    BoxFuture, Error, ErrorKind, Store, block_on,
    store::{Commit, CommitResult, Committed, Expected},
};
use serde::{Deserialize, Serialize};

use crate::meddling::{Meddle, meddled};

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
        meddled(store, self)
    }

    async fn commit(self, beneath: &Arc<dyn Store>, mut commit: Commit) -> Result<CommitResult, Error> {
        match self {
            Bug::AnswersTooEarly => {
                let store = Arc::clone(beneath);
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(5));
                    block_on(store.commit(commit)).map(drop)
                });
                return Ok(CommitResult::Committed(Committed::default()));
            }
            Bug::WritesRowsApart => {
                let mut rows = like(&commit);
                rows.rows = std::mem::take(&mut commit.rows);
                let result = beneath.commit(commit).await?;
                beneath.commit(rows).await?;
                return Ok(result);
            }
            Bug::SettlesApart => {
                let mut settles = like(&commit);
                settles.settlement = commit.settlement.take();
                if let Some(settlement) = &settles.settlement
                    && let Some(settled) = beneath.settlement(settlement.command).await?
                {
                    return Ok(CommitResult::Repeated(settled));
                }
                let result = beneath.commit(commit).await?;
                beneath.commit(settles).await?;
                return Ok(result);
            }
            Bug::AppendsApart => {
                while commit.appends.len() > 1 {
                    let mut one = like(&commit);
                    one.appends.extend(commit.appends.pop());
                    one.folds = commit.folds.clone();
                    beneath.commit(one).await?;
                }
            }
            Bug::MovesCheckpointsFirst => {
                if !commit.checkpoints.is_empty() {
                    let mut moves = like(&commit);
                    moves.checkpoints = std::mem::take(&mut commit.checkpoints);
                    beneath.commit(moves).await?;
                }
            }
            Bug::IgnoresVersions => commit.appends.iter_mut().for_each(|append| append.expected = Expected::Any),
            Bug::TakesUnknownForFailed => {
                return beneath.commit(commit).await.map_err(|error| match error.kind() {
                    ErrorKind::Unknown => Error::unavailable("nothing happened", error),
                    _ => error,
                });
            }
            Bug::RepeatsWithoutKey => {
                let mut again = commit.clone();
                let result = beneath.commit(commit).await;
                if !is(&result, ErrorKind::Unknown) {
                    return result;
                }
                again.settlement = None;
                loop {
                    let result = beneath.commit(again.clone()).await;
                    if !is(&result, ErrorKind::Unavailable) {
                        return result;
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        beneath.commit(commit).await
    }
}

fn is(result: &Result<CommitResult, Error>, kind: ErrorKind) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == kind)
}

/// A commit of nothing, at the same time and from the same origin.
fn like(commit: &Commit) -> Commit {
    Commit::new(commit.time, commit.origin.clone())
}

impl Meddle for Bug {
    fn commit<'a>(&'a self, store: &'a Arc<dyn Store>, commit: Commit) -> BoxFuture<'a, Result<CommitResult, Error>> {
        Box::pin(Bug::commit(*self, store, commit))
    }
}
