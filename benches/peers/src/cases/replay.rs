//! Loading one account from everything that is stored of it.

use super::world;
use crate::{
    bank::{Account, DepositMade},
    candidates::{CANDIDATES, Entry},
    measure::{Case, Figures, Meter, in_turn},
};
use std::hint::black_box;
use uuid::Uuid;

const EVENTS: usize = 10_000;

/// Decoding alone, then every candidate that can replay.
pub fn run(rounds: usize) -> Vec<Figures> {
    let mut cases = vec![decoding_alone()];
    cases.extend(CANDIDATES.iter().filter_map(case));
    in_turn(rounds, &mut cases)
}

/// The baseline: serde into the event struct and the fold, over texts that lie side by side in one `Vec`.
fn decoding_alone() -> Case<'static> {
    let payloads: Vec<Box<str>> = world::round_robin(&[Uuid::nil()], EVENTS)
        .into_iter()
        .map(|deposit| DepositMade { account_id: deposit.account_id, amount: deposit.amount, reference: deposit.reference })
        .map(|event| serde_json::to_string(&event).expect("an event can be encoded").into_boxed_str())
        .collect();
    let run = move |meter: Meter| {
        let (sample, account) = meter.of(EVENTS, || {
            let mut account = Account::default();
            for payload in &payloads {
                let event: DepositMade = serde_json::from_str(payload).expect("it was encoded above");
                account.on_deposit_made(&event);
            }
            account
        });
        black_box(account);
        sample
    };
    Case { name: "decoding alone".to_owned(), run: Box::new(run) }
}

fn case(entry: &'static Entry) -> Option<Case<'static>> {
    let mut candidate = (entry.new)();
    let accounts = world::open(&mut *candidate, 1);
    let deposits = world::round_robin(&accounts, EVENTS - 1);
    let expected = world::expected_row(&deposits).balance;
    candidate.lengthen(deposits).expect("every deposit is in order");
    candidate.replay(accounts[0])?;
    let run = move |meter: Meter| {
        let (sample, balance) = meter.of(EVENTS, || candidate.replay(accounts[0]));
        assert_eq!(balance, Some(expected), "{} has read everything", entry.name);
        sample
    };
    Some(Case { name: entry.name.to_owned(), run: Box::new(run) })
}
