//! How work is timed and counted.
//!
//! Cases run in turn, round after round, so that a busy minute on the machine hits all of them; the median of the rounds
//! stands. Time is the CPU time of the thread, which other processes do not lengthen.

use alloc_counter::{allow_alloc, count_alloc};
use cpu_time::ThreadTime;
use std::ops::AddAssign;

/// One case: prepares what it needs outside the clock and gives what it measured.
pub struct Case<'a> {
    /// As tables print it.
    pub name: String,
    /// Runs it once.
    pub run: Box<dyn FnMut(Meter) -> Sample + 'a>,
}

/// What a run measures. Counting costs some nanoseconds per allocation, so it has a run of its own.
#[derive(Clone, Copy, Debug)]
pub enum Meter {
    /// CPU time in nanoseconds.
    Time,
    /// Calls of `alloc` and `realloc`; stays at zero when no counting allocator is installed.
    Allocations,
}

impl Meter {
    /// Runs `work`, which does `operations` operations.
    pub fn of<R>(self, operations: usize, work: impl FnOnce() -> R) -> (Sample, R) {
        match self {
            Meter::Time => {
                let (total, result) = allow_alloc(|| {
                    let start = ThreadTime::now();
                    let result = work();
                    (start.elapsed().as_secs_f64() * 1e9, result)
                });
                (Sample { operations, total }, result)
            }
            Meter::Allocations => {
                let ((allocations, reallocations, _), result) = count_alloc(work);
                (Sample { operations, total: (allocations + reallocations) as f64 }, result)
            }
        }
    }

    /// Runs `operation` for `first` items, then for twice as many and so on, until `enough` is measured or none is left.
    pub fn until<T>(self, enough: f64, first: usize, items: Vec<T>, mut operation: impl FnMut(T)) -> Sample {
        let mut all = Sample::default();
        let mut items = items.into_iter();
        let mut size = first;
        while items.len() > 0 && all.total < enough {
            let (sample, ()) = self.of(size.min(items.len()), || items.by_ref().take(size).for_each(&mut operation));
            all += sample;
            size *= 2;
        }
        all
    }
}

/// What one run of a case measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// How many operations were run.
    pub operations: usize,
    /// What they cost together.
    pub total: f64,
}

/// What a case costs per operation.
#[derive(Clone, Debug)]
pub struct Figures {
    /// As tables print it.
    pub name: String,
    /// CPU time in nanoseconds, round by round.
    pub times: Vec<f64>,
    /// Allocations, from the round that is not timed.
    pub allocations: f64,
}

/// Runs every case once to count allocations and warm up, then once per round, in turn, for time.
pub fn in_turn(rounds: usize, cases: &mut [Case<'_>]) -> Vec<Figures> {
    let allocations: Vec<f64> = cases.iter_mut().map(|case| (case.run)(Meter::Allocations).per_operation()).collect();
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(rounds); cases.len()];
    for _ in 0..rounds {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            times.push((case.run)(Meter::Time).per_operation());
        }
    }
    let figures = cases.iter().zip(allocations).zip(times);
    figures.map(|((case, allocations), times)| Figures { name: case.name.clone(), times, allocations }).collect()
}

impl Figures {
    /// CPU time in nanoseconds: the median of the rounds.
    pub fn nanoseconds(&self) -> f64 {
        median(self.times.clone())
    }

    /// How many times as long it takes as `other`: the median of what each round says.
    pub fn against(&self, other: &Figures) -> f64 {
        median(self.times.iter().zip(&other.times).map(|(own, other)| own / other).collect())
    }
}

impl AddAssign for Sample {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.total += other.total;
    }
}

impl Sample {
    fn per_operation(self) -> f64 {
        self.total / self.operations as f64
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
