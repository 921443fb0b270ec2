//! A deposit into a store that holds more and more.

use super::deposit::case;
use crate::{
    candidates::CANDIDATES,
    measure::{Case, Figures, in_turn},
};

/// How many accounts take part: always as many, so that it is the store that grows.
const BUSY: usize = 1_000;

const DEPOSITS: usize = 10_000;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The figures of every candidate with 1,000, 10,000 and 100,000 accounts.
pub fn run(rounds: usize) -> Vec<[Figures; SIZES.len()]> {
    let mut cases: Vec<Case> = CANDIDATES.iter().flat_map(|entry| SIZES.map(|size| case(entry, size, BUSY, DEPOSITS))).collect();
    let mut figures = in_turn(rounds, &mut cases).into_iter();
    std::iter::from_fn(|| Some([figures.next()?, figures.next()?, figures.next()?])).collect()
}
