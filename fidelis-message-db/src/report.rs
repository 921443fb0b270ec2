//! What a survey has found.

use std::{collections::BTreeMap, fmt};

use fidelis_core::Timestamp;
use serde::Serialize;

use crate::Kind;

/// How many problems are worded; the others are counted.
pub(crate) const WORDED: usize = 100;

/// A row that cannot be taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it is, for people: `line 17`.
    pub place: String,
    /// Why, which field, what was expected and what to do.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// What would come of taking a log over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The records it becomes.
    pub records: u64,
    /// The time of the last of them.
    pub time: Option<Timestamp>,
    /// How many rows are left out, by kind.
    pub skipped: BTreeMap<Kind, u64>,
    /// Streams whose identity is no UUID and gets one.
    pub named_streams: u64,
    /// Records that get a later time than their rows have: time does not run backwards along a log.
    pub later: u64,
    /// Processes that were not complete, by the names of their streams: somebody has to end by hand what they had begun. The first
    /// hundred of them.
    pub unfinished_processes: Vec<String>,
    /// What cannot be taken over, the first hundred of it: nothing is, as long as there is any.
    pub problems: Vec<Problem>,
    /// How many problems there are beyond these.
    pub more: u64,
}

impl Report {
    pub(crate) fn note(&mut self, place: String, reason: String) {
        match self.problems.len() < WORDED {
            true => self.problems.push(Problem { place, reason }),
            false => self.more += 1,
        }
    }
}

/// A line for each thing worth knowing.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records", self.records)?;
        for (kind, count) in &self.skipped {
            write!(f, "\n{count} {kind} are left out: {}", kind.why())?;
        }
        if self.named_streams > 0 {
            write!(f, "\n{} streams are named after something else than a UUID, and get one", self.named_streams)?;
        }
        if self.later > 0 {
            write!(f, "\n{} records get the time of the one before them, which is later than their own", self.later)?;
        }
        for process in &self.unfinished_processes {
            write!(f, "\nthe process `{process}` was not complete: end by hand what it has begun")?;
        }
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}
