//! The process that writes: callers on threads, each making one commit after the other and saying what it was told.

mod follower;
mod retry;

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use fidelis_core::{Error, ErrorKind, Store, block_on, store::CommitResult};
use serde::{Deserialize, Serialize};

use crate::{Answer, Bug, Key, Line, Place, Workload, workload::TABLES};

/// What a worker is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assignment {
    /// Where the store is.
    pub place: Place,
    /// What is written.
    pub workload: Workload,
    /// Which run it is: part of the names of its commits.
    pub run: u32,
    /// How many callers write at once.
    pub callers: u32,
    /// How many commits each of them makes; `None`: until the process is ended.
    pub commits: Option<u64>,
    /// Commits whose outcome is not known: they are made again first, under their keys. As text.
    pub open: Vec<String>,
    /// How many threads follow the log into the read model that has a checkpoint.
    pub followers: u32,
    /// A mistake built in on purpose.
    pub bug: Option<Bug>,
    /// Ends after so many failures one after the other, conflicts not counted.
    pub patience: Option<u64>,
}

impl Assignment {
    /// As many callers that batches follow each other without end, and one follower.
    pub fn new(place: Place, workload: Workload, run: u32) -> Self {
        let (callers, commits, open, followers, bug, patience) = (24, None, Vec::new(), 1, None, None);
        Assignment { place, workload, run, callers, commits, open, followers, bug, patience }
    }
}

/// Prints a line, whole and at once.
///
/// Nobody reads when the other end is gone: then there is nobody to work for either.
pub(crate) fn say(line: &Line) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Works until everything is done.
///
/// # Errors
/// When the store cannot be opened.
pub(crate) fn work(assignment: &Assignment) -> Result<(), Error> {
    let store = block_on(assignment.place.open())?;
    let store = match assignment.bug {
        Some(bug) => bug.built_into(store),
        None => store,
    };
    block_on(store.prepare(&TABLES))?;
    say(&Line::Ready);
    let worker = Worker { store, assignment, failures: AtomicU64::new(0), done: AtomicBool::new(false) };
    thread::scope(|scope| {
        for _ in 0..assignment.followers {
            scope.spawn(|| worker.follow());
        }
        // What is open is settled while others already write: a repeat must not depend on being the first.
        let retries = scope.spawn(|| worker.settle_open());
        let callers: Vec<_> = (0..assignment.callers)
            .map(|caller| {
                scope.spawn({
                    let worker = &worker;
                    move || worker.call(caller)
                })
            })
            .collect();
        let _ = retries.join();
        callers.into_iter().for_each(|caller| drop(caller.join()));
        worker.done.store(true, Ordering::Release);
    });
    say(&Line::Finished);
    Ok(())
}

struct Worker<'a> {
    store: Arc<dyn Store>,
    assignment: &'a Assignment,
    /// How many failures there were since the last success.
    failures: AtomicU64,
    done: AtomicBool,
}

impl Worker<'_> {
    fn call(&self, caller: u32) {
        for number in 0..self.assignment.commits.unwrap_or(u64::MAX) {
            if self.has_lost_patience() {
                return;
            }
            self.settle(Key { run: self.assignment.run, caller, number }, false);
        }
    }

    fn settle_open(&self) {
        for key in &self.assignment.open {
            match key.parse() {
                Ok(key) => self.settle(key, true),
                Err(error) => say(&Line::Note(error.to_string())),
            }
        }
    }

    /// Makes a commit; again, under its key, as long as its outcome is not known. `open`: it may have happened before.
    fn settle(&self, key: Key, mut open: bool) {
        say(&Line::Calls(key));
        for attempt in 0.. {
            let answer = match self.commit(key) {
                // That nothing happened this time does not say what happened before. A conflict does: the key is looked up first.
                Answer::Failed if open => Answer::Unknown,
                answer => answer,
            };
            say(&Line::Answered(key, answer));
            match answer {
                Answer::Done => self.failures.store(0, Ordering::Relaxed),
                Answer::Conflict => {}
                Answer::Failed | Answer::Unknown => {
                    self.failures.fetch_add(1, Ordering::Relaxed);
                    retry::pause(attempt);
                }
            }
            open = answer == Answer::Unknown;
            if !open || self.has_lost_patience() {
                return;
            }
        }
    }

    fn has_lost_patience(&self) -> bool {
        self.assignment.patience.is_some_and(|patience| self.failures.load(Ordering::Relaxed) >= patience)
    }

    fn commit(&self, key: Key) -> Answer {
        let (answer, why) = block_on(attempt(&*self.store, &self.assignment.workload, key));
        if let Some(why) = why {
            say(&Line::Note(format!("{key}: {why:?}")));
        }
        answer
    }
}

/// Makes the commit of this name, once; why it failed, unless that was a conflict.
pub async fn attempt(store: &dyn Store, workload: &Workload, key: Key) -> (Answer, Option<Error>) {
    let commit = match workload.commit(store, key).await {
        Ok(commit) => commit,
        // Nothing was tried this time; what an earlier attempt did is as open as before.
        Err(why) => return (Answer::Failed, Some(why)),
    };
    match store.commit(commit).await {
        Ok(CommitResult::Committed(_) | CommitResult::Repeated(_)) => (Answer::Done, None),
        Err(why) => match why.kind() {
            ErrorKind::Conflict => (Answer::Conflict, None),
            ErrorKind::Unknown => (Answer::Unknown, Some(why)),
            _ => (Answer::Failed, Some(why)),
        },
    }
}
