//! Instructions per deposit, counted by Valgrind's callgrind: the same in every run, however busy the machine is.
//!
//! Needs `valgrind` and `gungraun-runner` of the version in `Cargo.lock`; without them it says so and is done.

use gungraun::{library_benchmark, library_benchmark_group};
use peers::{
    bank::MakeDeposit,
    candidate::Candidate,
    candidates::CANDIDATES,
    cases::world::{accounts, open, scattered},
};

const ACCOUNTS: usize = 1_000;
const DEPOSITS: usize = 1_000;

/// A candidate with open accounts, and what is to be deposited.
struct Prepared {
    candidate: Box<dyn Candidate>,
    deposits: Vec<MakeDeposit>,
}

fn prepare(name: &str) -> Prepared {
    let entry = CANDIDATES.iter().find(|entry| entry.name == name).expect("there is such a candidate");
    let accounts = accounts(ACCOUNTS);
    let mut candidate = (entry.new)();
    open(&mut *candidate, &accounts);
    Prepared { candidate, deposits: scattered(&accounts, DEPOSITS) }
}

/// A thousand deposits; the candidate is given back so that its end does not count.
fn deposit_all(prepared: Prepared) -> Box<dyn Candidate> {
    let Prepared { mut candidate, deposits } = prepared;
    deposits.into_iter().try_for_each(|deposit| candidate.deposit(deposit)).expect("every deposit is in order");
    candidate
}

#[library_benchmark(setup = prepare)]
#[bench::thousand_deposits("hand-written")]
fn hand_written(prepared: Prepared) -> Box<dyn Candidate> {
    deposit_all(prepared)
}

#[library_benchmark(setup = prepare)]
#[bench::thousand_deposits("hand-written, typed")]
fn hand_written_typed(prepared: Prepared) -> Box<dyn Candidate> {
    deposit_all(prepared)
}

#[library_benchmark(setup = prepare)]
#[bench::thousand_deposits("cqrs-es")]
fn cqrs_es(prepared: Prepared) -> Box<dyn Candidate> {
    deposit_all(prepared)
}

#[library_benchmark(setup = prepare)]
#[bench::thousand_deposits("eventastic")]
fn eventastic(prepared: Prepared) -> Box<dyn Candidate> {
    deposit_all(prepared)
}

library_benchmark_group!(
    name = deposits,
    compare_by_id = true,
    benchmarks = [hand_written, hand_written_typed, cqrs_es, eventastic]
);

gungraun::main!(library_benchmark_groups = deposits);
