//! How processes of tellers die: killed from outside at any moment, or between two steps of a commit.

use rand::{Rng, seq::SliceRandom};

use crate::Step;

/// Ten ways to die: half of all processes are killed from outside. When a commit has happened and nobody was told, more can go wrong than
/// anywhere else.
const WAYS: [Option<Step>; 10] = [
    None,
    None,
    None,
    None,
    None,
    Some(Step::BeforeBegin),
    Some(Step::AfterDecide),
    Some(Step::BeforeCommit),
    Some(Step::AfterCommit),
    Some(Step::AfterCommit),
];

/// Deals ways to die, and counts who went which way.
#[derive(Clone, Debug, Default)]
pub(super) struct Deaths {
    /// What is still to be dealt: all ways come up as often as they should, in any order.
    ways: Vec<Option<Step>>,
    at: [u64; Step::ALL.len()],
}

impl Deaths {
    /// How the next process is to die; `None`: it is killed.
    pub(super) fn deal(&mut self, chance: &mut impl Rng) -> Option<Step> {
        if self.ways.is_empty() {
            self.ways = WAYS.to_vec();
            self.ways.shuffle(chance);
        }
        self.ways.pop().flatten()
    }

    pub(super) fn count(&mut self, step: Step) {
        self.at[step as usize] += 1;
    }

    /// How many died at a step.
    pub(super) fn at(&self, step: Step) -> u64 {
        self.at[step as usize]
    }
}
