//! What an exploration found, as data and for people.

use std::{collections::BTreeSet, fmt, time::Duration};

/// What an exploration has found.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many different worlds there are, up to where it ended.
    pub worlds: usize,
    /// How many steps lead from one to another.
    pub steps: u64,
    /// In how many of the worlds nothing can happen any more.
    pub ends: usize,
    /// The different ends those are, as fingerprints of the states of all aggregates and processes: those of two explorations that begin
    /// alike can be compared.
    pub outcomes: BTreeSet<u128>,
    /// How many steps the farthest world is away from the beginning.
    pub deepest: u32,
    /// Whether there are no further worlds; else it ended at a violation, or at its bound.
    pub complete: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// The property that does not hold, with the shortest way to where it does not.
    pub violation: Option<Violation>,
    /// The properties that were to hold somewhere and held nowhere.
    pub never: Vec<&'static str>,
    /// What of the processes was never reached.
    pub unreached: Vec<String>,
}

/// A property that does not hold.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Its name.
    pub property: &'static str,
    /// Why it does not hold, as far as it says.
    pub why: String,
    /// The steps that lead there, the shortest there are.
    pub trace: Vec<String>,
    /// A test that goes along these steps and fails.
    pub test: String,
}

impl Report {
    /// How many worlds were met in a second.
    pub fn worlds_per_second(&self) -> f64 {
        self.worlds as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Whether every property holds in all worlds there are.
    pub fn holds(&self) -> bool {
        self.violation.is_none() && self.never.is_empty() && self.complete && self.ends > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(violation) = &self.violation {
            writeln!(f, "{violation}")?;
        }
        for name in &self.never {
            writeln!(f, "nowhere: {name}\n")?;
        }
        writeln!(
            f,
            "{} worlds by {} steps in {:.2} s, {} at rest with {} outcomes, the farthest after {} steps",
            self.worlds,
            self.steps,
            self.elapsed.as_secs_f64(),
            self.ends,
            self.outcomes.len(),
            self.deepest
        )?;
        if self.violation.is_none() && !self.complete {
            writeln!(f, "not all of them: there are more than it was to look at; say `.at_most(..)`, or give it less to do")?;
        }
        if self.violation.is_none() && self.complete && self.ends == 0 {
            writeln!(f, "none of them is at rest: something goes on for ever")?;
        }
        if !self.unreached.is_empty() {
            writeln!(f, "\nnever reached")?;
            self.unreached.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not so: {}", self.property)?;
        if !self.why.is_empty() {
            write!(f, " ({})", self.why)?;
        }
        writeln!(f, "\n\nthe shortest way there")?;
        for (place, line) in self.trace.iter().enumerate() {
            writeln!(f, "{:>4}  {line}", place + 1)?;
        }
        write!(f, "\nas a test\n\n{}", self.test)
    }
}
