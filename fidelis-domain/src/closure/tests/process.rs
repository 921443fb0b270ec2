//! An account with money in it is closed, or everything is as before.

use fidelis::{block_on, process::ProcessSummary};

use super::{balances, ended, requesting, savings};
use crate::{
    account::AccountStatus,
    closure::ClosureStatus,
    money::{Money, dollars},
    tests::{closing, conserved, withdrawal},
};

#[test]
fn the_money_is_paid_out_and_the_account_is_closed() {
    let (bank, savings, current) = savings();
    let closure = bank.accepts(requesting(savings, current));
    assert_eq!(ended(&bank, closure), (ClosureStatus::Completed, None));
    assert_eq!(balances(&bank, savings, current), (Money::ZERO, dollars(350)));
    assert_eq!(bank.account(savings).status, AccountStatus::Closed);
    assert!(conserved(&bank.log()).values().all(|amount| *amount == Money::ZERO));
    assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
}

#[test]
fn an_empty_account_is_just_closed() {
    let (bank, savings, current) = savings();
    bank.accepts(withdrawal(savings, dollars(300)));
    let closure = bank.accepts(requesting(savings, current));
    assert_eq!(ended(&bank, closure), (ClosureStatus::Completed, None));
    assert_eq!(bank.events(savings).last().map(String::as_str), Some("Fidelis.AccountClosed.v1"));
    assert_eq!(bank.events(current).len(), 1);
}

#[test]
fn what_cannot_be_paid_out_stays() {
    let (bank, savings, current) = savings();
    bank.accepts(withdrawal(current, dollars(50)));
    bank.accepts(closing(current));
    let closure = bank.accepts(requesting(savings, current));
    let reason = "{status: [Account is closed]}".to_owned();
    assert_eq!(ended(&bank, closure), (ClosureStatus::Abandoned, Some(reason)));
    assert_eq!((bank.account(savings).balance, bank.account(savings).status), (dollars(300), AccountStatus::Active));
}

#[test]
fn a_customer_may_try_again() {
    let (bank, savings, current) = savings();
    let nobody = fidelis::Id::named("nobody");
    let first = bank.accepts(requesting(savings, nobody));
    assert_eq!(ended(&bank, first).0, ClosureStatus::Abandoned);
    let second = bank.accepts(requesting(savings, current));
    assert_eq!(ended(&bank, second).0, ClosureStatus::Completed);
    let all = block_on(bank.engine.query::<ProcessSummary>().all()).unwrap();
    assert_eq!(all.len(), 2, "a process for each");
    assert!(all.iter().all(|process| process.status.is_over()));
}
