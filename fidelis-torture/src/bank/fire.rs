//! Two processes of tellers at a time, killed again and again.

use std::{
    ops::Range,
    path::PathBuf,
    time::{Duration, Instant},
};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IteratorRandom};

use super::{
    Errands, Shift,
    deaths::Deaths,
    oracle::{self, Moment, Seen},
};
use crate::{Answer, History, Place, Step, Task, Until, Worker, oracle::Finding};

/// What a process dies of that is killed from outside.
const KILLED: i32 = 9;

/// How long it may take until all is at rest after the last process was killed. A quiet machine with two cores needs a few seconds, and
/// thirty would be too many there; one that is busy with other things needs more.
const PATIENCE: Duration = Duration::from_secs(120);

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
    /// How long it may take until all is at rest when nothing is killed any more.
    pub patience: Duration,
    runs: u32,
    pub(super) deaths: Deaths,
    /// How many processes were killed, from outside or at a step of a commit.
    pub kills: u64,
    /// How many transfers and closures were between two steps when all processes were killed.
    pub between: u64,
    /// How many calls nobody had answered when a process was killed, and had happened.
    pub unheard: u64,
    /// How long it took until all was at rest, from the start of the last process.
    pub rest: Duration,
}

/// A process of tellers.
struct Burning {
    worker: Worker,
    /// At which step of a commit it dies, unless it is killed before it comes there.
    dies_at: Option<Step>,
    /// Whether it is the night watch.
    watches: bool,
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
            patience: PATIENCE,
            runs: 0,
            deaths: Deaths::default(),
            kills: 0,
            between: 0,
            unheard: 0,
            rest: Duration::ZERO,
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
        shift.accounts = self.accounts();
        change(&mut shift);
        Worker::start(&self.program, &Task::Bank(shift), environment)
    }

    /// The accounts that there are before anything else happens; none as long as not all of it is done that makes the bank ready.
    fn accounts(&self) -> Vec<String> {
        let told = self.history.told();
        let told = |key| told.get(&key).map(|told| told.trim_matches('"').to_owned());
        let closed: Option<Vec<_>> = Errands::closings().map(told).collect();
        closed.and_then(|_| Errands::openings().map(told).collect()).unwrap_or_default()
    }

    /// Two processes, each killed and followed by the next one as often as is said; then both. Half of them die by themselves, at a step
    /// of a commit, if they come there before they are killed.
    ///
    /// Before each kill, `meanwhile` does what it likes, to the server for instance.
    ///
    /// One of the two is a night watch: it has no callers, sometimes a clock that is a day ahead, and does what is left
    /// and what is due.
    ///
    /// # Panics
    /// When a process ends in another way, or nothing is done any more.
    pub fn burn(&mut self, kills: u32, change: impl Fn(&mut Shift), mut meanwhile: impl FnMut(&mut StdRng)) {
        let mut burning = [false, true].map(|watches| self.light(watches, &change));
        for kill in 0..kills {
            let watches = kill % 2 == 1;
            let process = &mut burning[usize::from(watches)];
            let done = self.chance.random_range(self.pace.clone());
            let moment = Duration::from_micros(self.chance.random_range(0..if watches { 100_000 } else { 5_000 }));
            let lives = process.worker.listen(&mut self.history, Until::Ready)
                && (watches || process.worker.listen(&mut self.history, Until::Done(done)))
                && process.worker.listen(&mut self.history, Until::Elapsed(moment));
            meanwhile(&mut self.chance);
            let next = self.light(watches, &change);
            let process = std::mem::replace(&mut burning[usize::from(watches)], next);
            self.put_out(process, lives);
        }
        burning.into_iter().for_each(|process| self.put_out(process, true));
    }

    fn light(&mut self, watches: bool, change: impl Fn(&mut Shift)) -> Burning {
        let dies_at = self.deaths.deal(&mut self.chance);
        // What a watch finds to do is soon done.
        let passages = if watches { 8 } else { self.pace.end as u64 / 2 };
        let passage = self.chance.random_range(1..=passages);
        let environment: Vec<_> = dies_at.map(|step| step.deadly(passage)).into_iter().collect();
        let worker = self.start(&environment, |shift| {
            if watches {
                shift.callers = 0;
                shift.ahead += if shift.run.is_multiple_of(3) { 0 } else { 25 };
            }
            change(shift);
        });
        Burning { worker, dies_at, watches }
    }

    /// Kills a process, unless it is dead; `lives`: it was not when somebody looked.
    fn put_out(&mut self, process: Burning, lives: bool) {
        let Burning { worker, dies_at, watches } = process;
        let ended = worker.kill(&mut self.history);
        match dies_at {
            Some(step) if Step::is_death(&ended) => self.deaths.count(step),
            _ => {
                let who = if watches { "night watch" } else { "process with callers" };
                assert!(lives && ended.signal == Some(KILLED), "a {who} has ended by itself: {ended:?}");
            }
        }
        self.kills += 1;
    }

    /// What there is between two fires, judged.
    pub fn look(&mut self) -> Seen {
        let seen = oracle::judge(&self.place, &self.history, Moment::Interrupted);
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
        self.look()
    }

    /// Lets everything come to its end, with nobody who kills anything, and judges what is there then.
    ///
    /// # Panics
    /// When the process that does it fails.
    pub fn end(&mut self, change: impl FnOnce(&mut Shift)) -> Seen {
        let begun = Instant::now();
        let worker = self.start(&[], |shift| {
            shift.refuses = None;
            shift.closes = true;
            // Nobody's clock was as far: what others meant to try again later is tried now.
            shift.ahead += 30;
            change(shift);
        });
        let ended = worker.end(&mut self.history);
        self.rest = begun.elapsed();
        assert!(ended.success, "{ended:?}");
        let mut seen = oracle::judge(&self.place, &self.history, Moment::AtRest);
        if self.rest > self.patience {
            let at = format!("it took {:?}, and {:?} is a long time", self.rest, self.patience);
            seen.verdict.findings.push(Finding { check: "all is soon at rest", at });
        }
        seen
    }
}
