//! A deposit into a store that holds more and more.

use super::world;
use crate::{
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, in_turn},
};

/// How many accounts take part: always as many, so that it is the store that grows and not what fits the machine's caches.
const BUSY: usize = 1_000;

const DEPOSITS: usize = 10_000;

/// How many accounts there are.
pub const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The figures of every candidate, by size of the store.
pub fn run(rounds: usize) -> Vec<[Figures; SIZES.len()]> {
    let mut cases: Vec<Case> = CANDIDATES.iter().flat_map(|entry| SIZES.map(|size| case(entry, size))).collect();
    let mut figures = in_turn(rounds, &mut cases).into_iter();
    std::iter::from_fn(|| Some([figures.next()?, figures.next()?, figures.next()?])).collect()
}

fn case(entry: &'static Entry, size: usize) -> Case<'static> {
    let accounts = world::accounts(size);
    let run = move |meter: Meter| {
        let mut candidate = (entry.new)();
        world::open(&mut *candidate, &accounts);
        let deposits = world::scattered(&accounts[..BUSY], DEPOSITS);
        let (sample, result) = meter.of(DEPOSITS, || deposits.into_iter().try_for_each(|deposit| candidate.deposit(deposit)));
        result.expect("every deposit is in order");
        sample
    };
    Case { name: entry.name.to_owned(), run: Box::new(run) }
}
