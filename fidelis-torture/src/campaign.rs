//! One place, tortured run after run, with all that callers were told.

use std::path::PathBuf;

use rand::{SeedableRng, rngs::StdRng};

use crate::{
    Assignment, History, Place, Task, Worker, Workload,
    oracle::{self, Verdict},
};

/// One place, tortured run after run: each run settles first what was open when the one before ended.
#[derive(Debug)]
pub struct Campaign {
    program: PathBuf,
    /// What is tortured.
    pub place: Place,
    /// What is written.
    pub workload: Workload,
    /// Everything callers were told so far.
    pub history: History,
    /// What a test decides by chance.
    pub chance: StdRng,
    runs: u32,
    /// How many calls were open when a worker ended and had happened.
    pub happened: usize,
}

impl Campaign {
    /// A campaign with the worker program at `program`.
    pub fn new(program: impl Into<PathBuf>, place: Place, workload: Workload) -> Self {
        let chance = StdRng::seed_from_u64(workload.seed);
        Campaign { program: program.into(), place, workload, history: History::default(), chance, runs: 0, happened: 0 }
    }

    /// Starts the next run.
    pub fn start(&mut self, environment: &[(&str, String)], change: impl FnOnce(&mut Assignment)) -> Worker {
        self.runs += 1;
        let mut assignment = Assignment::new(self.place.clone(), self.workload, self.runs);
        assignment.open = self.history.open().iter().map(ToString::to_string).collect();
        change(&mut assignment);
        Worker::start(&self.program, &Task::Write(assignment), environment)
    }

    /// Judges what is there now; nobody may be writing.
    ///
    /// # Panics
    /// When the place cannot be read at all.
    pub fn judge(&mut self) -> Verdict {
        let verdict = match &self.place {
            Place::Memory => Verdict::default(),
            Place::Sqlite { file, .. } => oracle::sqlite::judge(file, &self.history)
                .unwrap_or_else(|error| panic!("cannot read `{}`: {error}", file.display())),
            Place::Postgres { url } => {
                // The options are the store's.
                let plain = url.split_once('?').map_or(&**url, |(plain, _)| plain);
                oracle::postgres::judge(plain, &self.history).unwrap_or_else(|error| panic!("cannot read `{url}`: {error}"))
            }
        };
        self.happened += verdict.happened.len();
        verdict
    }
}
