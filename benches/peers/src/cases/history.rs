//! A deposit into accounts with longer and longer histories.

use super::world;
use crate::{
    candidate::Candidate,
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, Sample, in_turn},
};
use uuid::Uuid;

/// After how many nanoseconds, or allocations, a sample ends: the slowest would take minutes.
const ENOUGH: f64 = 50e6;

/// Accounts with a history. Few accounts, so that all of them are in the processor's caches whatever the history, and few
/// deposits, so that the history stays about as long as it says; banks enough for 2,000 deposits in a sample.
#[derive(Clone, Copy)]
struct Shape {
    events: usize,
    accounts: usize,
    deposits_each: usize,
    banks: usize,
    /// How many deposits are made before the clock is read for the first time.
    first: usize,
}

const SHAPES: [Shape; 3] = [
    Shape { events: 10, accounts: 20, deposits_each: 5, banks: 20, first: 100 },
    Shape { events: 1_000, accounts: 20, deposits_each: 100, banks: 1, first: 100 },
    Shape { events: 50_000, accounts: 2, deposits_each: 1_000, banks: 1, first: 1 },
];

/// The figures of every candidate with histories of 10, 1,000 and 50,000 events.
pub fn run(rounds: usize) -> Vec<[Figures; SHAPES.len()]> {
    let mut cases: Vec<Case> = CANDIDATES.iter().flat_map(|entry| SHAPES.map(|shape| case(entry, shape))).collect();
    let mut figures = in_turn(rounds, &mut cases).into_iter();
    std::iter::from_fn(|| Some([figures.next()?, figures.next()?, figures.next()?])).collect()
}

fn case(entry: &'static Entry, shape: Shape) -> Case<'static> {
    let run = move |meter: Meter| {
        let mut all = Sample::default();
        for _ in 0..shape.banks {
            let mut candidate = (entry.new)();
            let accounts = prepare(&mut *candidate, shape);
            let deposits = world::round_robin(&accounts, shape.deposits_each);
            let make = |deposit| candidate.deposit(deposit).expect("every deposit is in order");
            let sample = meter.until(ENOUGH, shape.first, deposits, make);
            let row = candidate.dashboard(accounts[0]).expect("it is open");
            let made = sample.operations.div_ceil(accounts.len());
            assert_eq!(row.transaction_count, (shape.events + made) as u64, "{} has done all its work", entry.name);
            all += sample;
        }
        all
    };
    Case { name: entry.name.to_owned(), run: Box::new(run) }
}

/// Opens accounts and makes their histories as long as they are to be.
fn prepare(candidate: &mut dyn Candidate, shape: Shape) -> Vec<Uuid> {
    let accounts = world::open(candidate, shape.accounts);
    for &account_id in &accounts {
        candidate.lengthen(world::round_robin(&[account_id], shape.events - 1)).expect("every deposit is in order");
    }
    accounts
}
