//! A deposit into accounts with longer and longer histories.

use super::world;
use crate::{
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, in_turn},
};

/// How many deposits a sample stands for, unless time runs out.
const DEPOSITS: usize = 2_000;

/// After how many nanoseconds, or allocations, a sample ends.
const ENOUGH: f64 = 50e6;

/// The lengths of the histories, and how many accounts with such a history there are: deposits do not make the histories
/// longer by more than a tenth.
pub const HISTORIES: [(usize, usize); 3] = [(10, 2_000), (1_000, 20), (50_000, 2)];

/// The figures of every candidate, by length of the history.
pub fn run(rounds: usize) -> Vec<[Figures; HISTORIES.len()]> {
    let mut cases: Vec<Case> = CANDIDATES.iter().flat_map(|entry| HISTORIES.map(|shape| case(entry, shape))).collect();
    let mut figures = in_turn(rounds, &mut cases).into_iter();
    std::iter::from_fn(|| Some([figures.next()?, figures.next()?, figures.next()?])).collect()
}

fn case(entry: &'static Entry, (events, accounts): (usize, usize)) -> Case<'static> {
    let accounts = world::accounts(accounts);
    let run = move |meter: Meter| {
        let mut candidate = (entry.new)();
        world::open(&mut *candidate, &accounts);
        for &account_id in &accounts {
            candidate.lengthen(world::round_robin(&[account_id], events - 1)).expect("every deposit is in order");
        }
        let deposits = world::round_robin(&accounts, DEPOSITS / accounts.len());
        let sample = meter.until(ENOUGH, deposits, |deposit| candidate.deposit(deposit).expect("it is in order"));
        let row = candidate.dashboard(accounts[0]).expect("it is open");
        let made = sample.operations.div_ceil(accounts.len());
        assert_eq!(row.transaction_count, (events + made) as u64, "{} has done all its work", entry.name);
        sample
    };
    Case { name: entry.name.to_owned(), run: Box::new(run) }
}
