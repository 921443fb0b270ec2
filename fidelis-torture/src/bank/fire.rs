//! Two processes of tellers at a time, killed again and again.

use std::{fmt, ops::Range, path::PathBuf, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use super::{
    Errands, Shift,
    oracle::{self, Happened, Moment, Seen},
};
use crate::{Answer, History, Place, Task, Until, Worker};

/// What tellers count of what their stores say, and the troubles they make.
const COUNTED: [&str; 6] = ["repeated", "recognised", "conflict", "refused", "unknown", "unknown and there"];

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
    /// How many calls are answered before a process is killed.
    pub pace: Range<usize>,
    runs: u32,
    /// How many processes were killed.
    pub kills: u64,
    /// How many transfers and closures were between two steps when all processes were killed.
    pub between: u64,
    /// How many calls nobody had answered when a process was killed, and had happened.
    pub unheard: u64,
}

impl Fire {
    /// A bank with the worker program at `program`.
    pub fn new(program: impl Into<PathBuf>, place: Place, seed: u64) -> Self {
        let (program, errands) = (program.into(), Errands { seed });
        let chance = StdRng::seed_from_u64(seed);
        Fire {
            program,
            place,
            errands,
            history: History::default(),
            chance,
            pace: 20..120,
            runs: 0,
            kills: 0,
            between: 0,
            unheard: 0,
        }
    }

    /// Starts the next process of tellers.
    pub fn start(&mut self, environment: &[(&str, String)], change: impl FnOnce(&mut Shift)) -> Worker {
        self.runs += 1;
        let mut shift = Shift::new(self.place.clone(), self.errands, self.runs);
        shift.open = self.history.open().iter().map(ToString::to_string).collect();
        let answered = self.history.calls().filter(|(_, answer)| matches!(answer, Some(Answer::Done | Answer::Failed)));
        shift.again = answered.sample(&mut self.chance, 10).iter().map(|(key, _)| key.to_string()).collect();
        shift.ahead = 5 * i64::from(self.runs);
        shift.jumps_after = self.chance.random_range(5..50);
        change(&mut shift);
        Worker::start(&self.program, &Task::Bank(shift), environment)
    }

    /// Two processes, each killed and followed by the next one as often as is said; then both. What is left is judged.
    ///
    /// Before each kill, `meanwhile` does what it likes, to the server for instance.
    ///
    /// One of the two is a night watch: it has no callers, sometimes a clock that is a day ahead, and does what is left
    /// and what is due.
    ///
    /// # Panics
    /// When a process ends by itself, or nothing is done any more.
    pub fn burn(&mut self, kills: u32, change: impl Fn(&mut Shift), mut meanwhile: impl FnMut(&mut StdRng)) -> Seen {
        let change = |shift: &mut Shift, watches: bool| {
            if watches {
                shift.callers = 0;
                shift.ahead += if shift.run.is_multiple_of(3) { 0 } else { 25 };
            }
            change(shift);
        };
        let mut workers = [false, true].map(|watches| self.start(&[], |shift| change(shift, watches)));
        for kill in 0..kills {
            let watches = kill % 2 == 1;
            let worker = &mut workers[usize::from(watches)];
            let done = self.chance.random_range(self.pace.clone());
            let moment = self.chance.random_range(0..if watches { 100_000 } else { 5_000 });
            let lives = worker.listen(&mut self.history, Until::Ready)
                && (watches || worker.listen(&mut self.history, Until::Done(done)))
                && worker.listen(&mut self.history, Until::Elapsed(Duration::from_micros(moment)));
            meanwhile(&mut self.chance);
            let next = self.start(&[], |shift| change(shift, watches));
            let ended = std::mem::replace(&mut workers[usize::from(watches)], next).kill(&mut self.history);
            assert!(lives, "a process has ended by itself: {ended:?}");
            self.kills += 1;
        }
        for worker in workers {
            worker.kill(&mut self.history);
            self.kills += 1;
        }
        let seen = self.judge(Moment::Interrupted);
        self.between += seen.on_their_way;
        self.unheard += seen.unheard;
        seen
    }

    /// Makes the bank ready, on a machine that loses no power.
    ///
    /// # Panics
    /// When the process ends by itself.
    pub fn make_ready(&mut self) {
        let mut worker = self.start(&[], |shift| shift.callers = 0);
        let lives = worker.listen(&mut self.history, Until::Ready);
        let ended = worker.kill(&mut self.history);
        assert!(lives, "a process has ended by itself: {ended:?}");
    }

    /// One process of tellers on a machine that loses power, in this environment of a [`Disk`](crate::Disk). What is left is judged.
    ///
    /// One, because a disk that forgets does not know what other processes write.
    ///
    /// # Panics
    /// When the process ends in another way.
    pub fn lose_power(&mut self, environment: &[(&str, String)]) -> Seen {
        // A day passes now and then before the power is back: for what was between two steps, the time is over.
        let change = |shift: &mut Shift| {
            if shift.run.is_multiple_of(3) {
                (shift.ahead, shift.jumps_after) = (shift.ahead + 25, 0);
            }
        };
        let ended = self.start(environment, change).end(&mut self.history);
        assert!(!ended.success && ended.errors.is_empty(), "nobody took the power away: {ended:?}");
        self.kills += 1;
        let seen = self.judge(Moment::Interrupted);
        self.between += seen.on_their_way;
        self.unheard += seen.unheard;
        seen
    }

    /// Lets everything come to its end, and judges what is there then.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn end(&mut self, change: impl FnOnce(&mut Shift)) -> Seen {
        let worker = self.start(&[], |shift| {
            shift.refuses = None;
            shift.closes = true;
            // Nobody's clock was as far: what others meant to try again later is tried now.
            shift.ahead += 30;
            change(shift);
        });
        let ended = worker.end(&mut self.history);
        assert!(ended.success, "{ended:?}");
        self.judge(Moment::AtRest)
    }

    /// What has not happened yet of what must happen in a run that is to show something.
    pub fn missing(&self, happened: &Happened) -> Vec<&'static str> {
        self.counts().into_iter().chain(happened.all()).filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
    }

    /// What has happened to its processes, and what they have met.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let own = [
            ("processes killed", self.kills),
            ("processes between two steps at a kill", self.between),
            ("calls that happened and nobody was told", self.unheard),
        ];
        own.into_iter().chain(COUNTED.map(|name| (name, self.history.counted(name)))).collect()
    }

    /// Judges what is there now; nobody may be writing.
    pub fn judge(&self, moment: Moment) -> Seen {
        oracle::judge(&self.place, &self.history, moment)
    }
}

/// What has happened to its processes and what they have met, counted.
impl fmt::Display for Fire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fire { kills, between, unheard, .. } = self;
        write!(
            f,
            "{} calls answered; {kills} processes killed; at that time {between} transfers and closures were between two steps, and \
             {unheard} calls had happened that nobody had answered",
            self.history.calls().filter(|(_, answer)| answer.is_some()).count()
        )?;
        COUNTED.iter().try_for_each(|name| write!(f, "; {name}: {}", self.history.counted(name)))
    }
}
