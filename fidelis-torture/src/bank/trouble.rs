//! What a database can do to whoever uses it: answers that are late, that get lost, that never come.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use fidelis_core::{
    BoxFuture, Error, MessageId, Store,
    store::{Commit, CommitResult, Settlement},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{Line, meddling::Meddle, worker::say};

/// Makes trouble now and then, and counts what the engine makes of it.
pub(super) struct Trouble {
    chance: Mutex<StdRng>,
    /// How many in a thousand commands of processes are refused the first time; none: no trouble is made, and what happens is
    /// counted.
    refuses: Option<u32>,
    /// The commands of processes that came by.
    met: Mutex<HashSet<MessageId>>,
}

/// What becomes of a commit.
enum Fate {
    Happens,
    /// It happens late.
    Late(Duration),
    /// It happens, and the answer is late.
    Delayed(Duration),
    /// The store says at once that it cannot be reached.
    Refused,
    /// The connection breaks before it happens.
    LostBefore,
    /// The connection breaks after it happened.
    LostAfter,
}

impl Trouble {
    pub(super) fn new(seed: u64, refuses: Option<u32>) -> Self {
        Trouble { chance: Mutex::new(StdRng::seed_from_u64(seed)), refuses, met: Mutex::default() }
    }

    fn fate(&self, commit: &Commit) -> Fate {
        let Some(refuses) = self.refuses else { return Fate::Happens };
        let mut chance = self.chance.lock().expect("nobody panics while holding it");
        let command = commit.settlement.as_ref().filter(|_| commit.origin.process.is_some());
        // Once: what fails again and again is given up, as it should be.
        let is_first =
            command.is_some_and(|settlement| self.met.lock().expect("nobody panics while holding it").insert(settlement.command));
        if is_first && chance.random_range(0..1_000) < refuses {
            return Fate::Refused;
        }
        let pause = Duration::from_micros(chance.random_range(0..20_000));
        match chance.random_range(0..1_000) {
            0..15 => Fate::Late(pause),
            15..30 => Fate::Delayed(pause),
            30..33 => Fate::Refused,
            33..36 => Fate::LostBefore,
            36..40 => Fate::LostAfter,
            _ => Fate::Happens,
        }
    }

    async fn meet(&self, store: &Arc<dyn Store>, commit: Commit) -> Result<CommitResult, Error> {
        let fate = self.fate(&commit);
        match fate {
            Fate::Late(pause) => thread::sleep(pause),
            Fate::Refused => {
                count("refused");
                return Err(Error::unavailable("the store cannot be reached", "trouble on purpose"));
            }
            Fate::LostBefore => {
                count("unknown");
                return Err(Error::unknown("the connection broke", "trouble on purpose"));
            }
            _ => {}
        }
        let result = store.commit(commit).await;
        match &result {
            Ok(CommitResult::Repeated(_)) => count("repeated"),
            Err(error) if error.as_conflict().is_some() => count("conflict"),
            Err(error) if error.kind() == fidelis_core::ErrorKind::Unknown => count("unknown"),
            _ => {}
        }
        match fate {
            Fate::Delayed(pause) => thread::sleep(pause),
            Fate::LostAfter if result.is_ok() => {
                count("unknown");
                count("unknown and there");
                return Err(Error::unknown("the connection broke", "trouble on purpose"));
            }
            _ => {}
        }
        result
    }
}

fn count(name: &str) {
    say(&Line::Counted(name.to_owned()));
}

impl Meddle for Trouble {
    fn commit<'a>(&'a self, store: &'a Arc<dyn Store>, commit: Commit) -> BoxFuture<'a, Result<CommitResult, Error>> {
        Box::pin(self.meet(store, commit))
    }

    fn settlement<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        command: MessageId,
    ) -> BoxFuture<'a, Result<Option<Settlement>, Error>> {
        Box::pin(async move {
            let settled = store.settlement(command).await?;
            if settled.is_some() {
                count("recognised");
            }
            Ok(settled)
        })
    }
}
