//! Mistakes a store can have, built into a correct one on purpose: what an oracle must find.

use std::{sync::Arc, thread, time::Duration};

use fidelis_core::{
    BoxFuture, Error, ErrorKind, MessageId, MessageKind, NewRecord, Store, block_on,
    store::{Commit, CommitResult, Committed, Expected, Settlement},
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
    /// It forgets what commands were answered.
    ForgetsAnswers,
    /// It stores steps of processes without the checkpoint that belongs to them; that follows when it has nothing else to do.
    LeavesCheckpointsOfSteps,
    /// It gives steps of processes identities by chance.
    NamesStepsByChance,
    /// It gives the commands in steps of processes identities by chance.
    NamesCommandsByChance,
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
            Bug::ForgetsAnswers => commit.settlement = None,
            Bug::LeavesCheckpointsOfSteps if is_step(&commit) => {
                let mut moves = like(&commit);
                moves.checkpoints = std::mem::take(&mut commit.checkpoints);
                let result = beneath.commit(commit).await?;
                thread::sleep(Duration::from_millis(2));
                beneath.commit(moves).await?;
                return Ok(result);
            }
            Bug::NamesStepsByChance => steps(&mut commit).for_each(|step| step.id = by_chance()),
            Bug::NamesCommandsByChance => steps(&mut commit).for_each(|step| step.payload = rename(&step.payload)),
            Bug::LeavesCheckpointsOfSteps => {}
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

/// The steps of processes in a commit.
fn steps(commit: &mut Commit) -> impl Iterator<Item = &mut NewRecord> {
    let records = commit.appends.iter_mut().flat_map(|append| &mut append.records);
    records.filter(|record| record.kind == MessageKind::Transition)
}

fn is_step(commit: &Commit) -> bool {
    commit.appends.iter().flat_map(|append| &append.records).any(|record| record.kind == MessageKind::Transition)
}

fn by_chance() -> MessageId {
    MessageId::named(&rand::random::<u128>().to_string())
}

/// A step whose commands have other identities.
fn rename(payload: &str) -> Box<str> {
    let mut step: serde_json::Value = serde_json::from_str(payload).expect("a step is JSON");
    for issued in step.get_mut("issued").and_then(|issued| issued.as_array_mut()).into_iter().flatten() {
        issued["id"] = by_chance().to_string().into();
    }
    step.to_string().into()
}

impl Meddle for Bug {
    fn commit<'a>(&'a self, store: &'a Arc<dyn Store>, commit: Commit) -> BoxFuture<'a, Result<CommitResult, Error>> {
        Box::pin(Bug::commit(*self, store, commit))
    }

    fn settlement<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        command: MessageId,
    ) -> BoxFuture<'a, Result<Option<Settlement>, Error>> {
        match self {
            Bug::ForgetsAnswers => Box::pin(async { Ok(None) }),
            _ => store.settlement(command),
        }
    }
}
