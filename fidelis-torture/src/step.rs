//! The steps of a commit between which a process can be made to die.

use std::fmt;

use crate::Ended;

/// What a process that aborts itself dies of.
const ABORTED: i32 = 6;

/// A step of a commit, as the failpoints of all stores name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The transaction is about to begin.
    BeforeBegin,
    /// All is decided, nothing is written.
    AfterDecide,
    /// All is written, nothing is committed.
    BeforeCommit,
    /// It is committed, and nobody has been told.
    AfterCommit,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Step; 4] = [Step::BeforeBegin, Step::AfterDecide, Step::BeforeCommit, Step::AfterCommit];

    /// The environment of a process that dies at the `passage`-th time that one of its commits comes by, as if it were killed there.
    pub fn deadly(self, passage: u64) -> (&'static str, String) {
        ("FIDELIS_FAILPOINT", format!("{self}:{passage}"))
    }

    /// Whether a process has died as one does at a step: by a signal of its own, without a word.
    pub fn is_death(ended: &Ended) -> bool {
        ended.signal == Some(ABORTED) && ended.errors.is_empty()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::BeforeBegin => "before begin",
            Step::AfterDecide => "after decide",
            Step::BeforeCommit => "before commit",
            Step::AfterCommit => "after commit",
        })
    }
}
