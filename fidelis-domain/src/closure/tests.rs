//! What a closure is; what its process does stands in the files below.

mod interrupted;
mod process;
mod steps;

use fidelis::{Id, block_on};

use super::{Closure, ClosureStatus, RequestClosure};
use crate::{
    account::Account,
    money::{Money, dollars},
    tests::{Bank, alice, opening},
};

/// A bank with Alice's savings, 300, and her current account, 50.
fn savings() -> (Bank, Id<Account>, Id<Account>) {
    let bank = Bank::open();
    let savings = bank.accepts(opening("ACC-001", "Alice Johnson", dollars(300)));
    let current = bank.accepts(opening("ACC-002", "Alice Johnson", dollars(50)));
    (bank, savings, current)
}

fn requesting(account_id: Id<Account>, pay_out_to: Id<Account>) -> RequestClosure {
    RequestClosure { account_id, pay_out_to }
}

/// How a closure ended, and why if it was abandoned.
fn ended(bank: &Bank, closure: Id<Closure>) -> (ClosureStatus, Option<String>) {
    let closure = block_on(bank.engine.load(closure)).unwrap();
    (closure.status, closure.reason)
}

fn balances(bank: &Bank, savings: Id<Account>, current: Id<Account>) -> (Money, Money) {
    (bank.account(savings).balance, bank.account(current).balance)
}

#[test]
fn a_closure_ends_once() {
    let requested = || Closure::request(Id::named("closure"), alice(), Id::named("ACC-002"), dollars(300)).unwrap();
    let (mut completed, mut abandoned) = (requested(), requested());
    completed.complete().unwrap();
    abandoned.abandon("changed her mind".to_owned()).unwrap();
    assert_eq!((completed.status, abandoned.status), (ClosureStatus::Completed, ClosureStatus::Abandoned));
    assert_eq!(abandoned.reason.as_deref(), Some("changed her mind"));
    for mut ended in [completed, abandoned] {
        assert!(ended.complete().unwrap_err().says("status", "Closure has ended already"));
        assert!(ended.abandon("late".to_owned()).unwrap_err().says("status", "Closure has ended already"));
    }
}

#[test]
fn the_money_goes_to_another_account_that_is_known() {
    let (bank, savings, _) = savings();
    let refused = bank.rejects(requesting(savings, savings));
    assert_eq!(refused, "{pay_out_to: [Cannot pay out to the account that is closed]}");
    let error = bank.process(requesting(alice(), savings)).unwrap_err();
    assert_eq!(error.kind(), fidelis::ErrorKind::NotFound);
}
