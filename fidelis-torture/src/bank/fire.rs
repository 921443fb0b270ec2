//! Two processes of tellers at a time, killed again and again.

use std::{path::PathBuf, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use super::{
    Errands, Shift,
    oracle::{self, Moment, Seen},
};
use crate::{Answer, History, Place, Task, Until, Worker};

/// A bank, under fire.
#[derive(Debug)]
pub struct Fire {
    program: PathBuf,
    /// Where its database is.
    pub place: Place,
    /// What is asked of it.
    pub errands: Errands,
    /// Everything callers were told so far.
    pub history: History,
    /// What is decided by chance.
    pub chance: StdRng,
    runs: u32,
    /// How many processes were killed.
    pub kills: u64,
    /// How many processes were killed while a transfer or a closure was between two steps.
    pub between: u64,
    /// How many calls nobody had answered when a process was killed, and had happened.
    pub unheard: u64,
}

impl Fire {
    /// A bank with the worker program at `program`.
    pub fn new(program: impl Into<PathBuf>, place: Place, seed: u64) -> Self {
        let (program, errands) = (program.into(), Errands { seed });
        let chance = StdRng::seed_from_u64(seed);
        Fire { program, place, errands, history: History::default(), chance, runs: 0, kills: 0, between: 0, unheard: 0 }
    }

    /// Starts the next process of tellers.
    pub fn start(&mut self, environment: &[(&str, String)], change: impl FnOnce(&mut Shift)) -> Worker {
        self.runs += 1;
        let mut shift = Shift::new(self.place.clone(), self.errands, self.runs);
        shift.open = self.history.open().iter().map(ToString::to_string).collect();
        let answered = self.history.calls().filter(|(_, answer)| matches!(answer, Some(Answer::Done | Answer::Failed)));
        shift.again = answered.sample(&mut self.chance, 10).iter().map(|(key, _)| key.to_string()).collect();
        shift.ahead = 5 * i64::from(self.runs);
        shift.jumps_after = self.chance.random_range(20..200);
        change(&mut shift);
        Worker::start(&self.program, &Task::Bank(shift), environment)
    }

    /// Two processes, each killed and followed by the next one as often as is said, at any moment or between two steps of a
    /// commit; then both. What is left is judged.
    ///
    /// # Panics
    /// When a process ends by itself, or nothing is done any more.
    pub fn burn(&mut self, kills: u32, change: impl Fn(&mut Shift)) -> Seen {
        let mut workers = [self.start(&[], &change), self.start(&[], &change)];
        for kill in 0..kills {
            let at = kill as usize % 2;
            let (done, moment) = (self.chance.random_range(5..40), self.chance.random_range(0..5_000));
            let worker = &mut workers[at];
            let lives = worker.listen(&mut self.history, Until::Ready)
                && worker.listen(&mut self.history, Until::Done(done))
                && worker.listen(&mut self.history, Until::Elapsed(Duration::from_micros(moment)));
            let next = self.start(&[], &change);
            let ended = std::mem::replace(&mut workers[at], next).kill(&mut self.history);
            assert!(lives, "a process has ended by itself: {ended:?}");
            self.kills += 1;
        }
        for worker in workers {
            worker.kill(&mut self.history);
            self.kills += 1;
        }
        let seen = self.judge(Moment::Interrupted);
        if seen.on_their_way > 0 {
            self.between += 2;
        }
        self.unheard += seen.unheard;
        seen
    }

    /// Lets everything come to its end, and judges what is there then.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn end(&mut self, change: impl FnOnce(&mut Shift)) -> Seen {
        let worker = self.start(&[], |shift| {
            shift.troubled = false;
            shift.closes = true;
            change(shift);
        });
        let ended = worker.end(&mut self.history);
        assert!(ended.success, "{ended:?}");
        self.judge(Moment::AtRest)
    }

    /// Judges what is there now; nobody may be writing.
    pub fn judge(&self, moment: Moment) -> Seen {
        oracle::judge(&self.place, &self.history, moment)
    }
}
