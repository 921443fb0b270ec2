//! A deposit through the whole pipeline.

use super::world;
use crate::{
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, Sample, in_turn},
};
use std::io::{self, Write};
use uuid::Uuid;

const ACCOUNTS: usize = 10_000;
const DEPOSITS: usize = 20_000;

/// Deposits into any of the accounts.
pub fn run(rounds: usize) -> Vec<Figures> {
    let mut cases: Vec<Case> = CANDIDATES.iter().map(|entry| case(entry, ACCOUNTS, ACCOUNTS, DEPOSITS)).collect();
    cases.push(Case { name: "(two printed lines, as `cqrs-es` has them)".to_owned(), run: Box::new(printing) });
    in_turn(rounds, &mut cases)
}

/// Deposits into accounts chosen by chance among the first `busy` of `accounts`, from an empty bank in every round.
pub(super) fn case(entry: &'static Entry, accounts: usize, busy: usize, deposits: usize) -> Case<'static> {
    let run = move |meter: Meter| {
        let mut candidate = (entry.new)();
        let accounts = world::open(&mut *candidate, accounts);
        let commands = world::scattered(&accounts[..busy], deposits);
        let watched = accounts[0];
        let expected = world::expected_row(commands.iter().filter(|command| command.account_id == watched));
        let (sample, result) = meter.of(deposits, || commands.into_iter().try_for_each(|command| candidate.deposit(command)));
        result.expect("every deposit is in order");
        assert_eq!(candidate.dashboard(watched), Some(expected), "{} has done all its work", entry.name);
        sample
    };
    Case { name: entry.name.to_owned(), run: Box::new(run) }
}

/// What the lines cost that the store of `cqrs-es` prints with every command.
fn printing(meter: Meter) -> Sample {
    let account_id = Uuid::nil();
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
