//! A deposit through the whole pipeline.

use super::world;
use crate::{
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, Sample, in_turn},
};
use std::io::{self, Write};

const ACCOUNTS: usize = 10_000;
const DEPOSITS: usize = 20_000;

/// Deposits into accounts chosen by chance, every candidate from an empty bank in every round.
pub fn run(rounds: usize) -> Vec<Figures> {
    let mut cases: Vec<Case> = CANDIDATES.iter().map(case).collect();
    cases.push(Case { name: "(two printed lines, as `cqrs-es` has them)".to_owned(), run: Box::new(printing) });
    in_turn(rounds, &mut cases)
}

fn case(entry: &'static Entry) -> Case<'static> {
    let accounts = world::accounts(ACCOUNTS);
    let run = move |meter: Meter| {
        let mut candidate = (entry.new)();
        world::open(&mut *candidate, &accounts);
        let deposits = world::scattered(&accounts, DEPOSITS);
        let watched = accounts[0];
        let expected = world::expected_row(deposits.iter().filter(|deposit| deposit.account_id == watched));
        let (sample, result) = meter.of(DEPOSITS, || deposits.into_iter().try_for_each(|deposit| candidate.deposit(deposit)));
        result.expect("every deposit is in order");
        assert_eq!(candidate.dashboard(watched), Some(expected), "{} has done all its work", entry.name);
        sample
    };
    Case { name: entry.name.to_owned(), run: Box::new(run) }
}

/// What the lines cost that the store of `cqrs-es` prints with every command.
fn printing(meter: Meter) -> Sample {
    let account_id = world::accounts(1)[0];
    let print = || -> io::Result<()> {
        for _ in 0..DEPOSITS {
            writeln!(io::stdout(), "loading: 2 events for aggregate ID '{account_id}'")?;
            writeln!(io::stdout(), "storing: 1 new events for aggregate ID '{account_id}'")?;
        }
        Ok(())
    };
    let (sample, result) = meter.of(DEPOSITS, print);
    result.expect("standard output takes lines");
    sample
}
