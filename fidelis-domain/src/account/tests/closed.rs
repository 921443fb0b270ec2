//! Chapter 4: nothing happens to a closed account any more.

use fidelis::prelude::*;

use super::super::Account;
use crate::{
    money::{Money, dollars},
    tests::{Bank, closing, deposit, withdrawal},
};

const CLOSED: &str = "{status: [Account is closed]}";

/// A bank with one account, which is closed.
fn closed() -> (Bank, Id<Account>) {
    let bank = Bank::open();
    let alice = bank.alice(Money::ZERO);
    bank.accepts(closing(alice));
    (bank, alice)
}

#[test]
fn chapter_4_a_deposit_to_a_closed_account_is_rejected() {
    let (bank, alice) = closed();
    assert_eq!(bank.rejects(deposit(alice, dollars(1))), CLOSED);
}

#[test]
fn chapter_4_a_withdrawal_from_a_closed_account_is_rejected() {
    let (bank, alice) = closed();
    assert_eq!(bank.rejects(withdrawal(alice, dollars(1))), CLOSED);
}

#[test]
fn chapter_4_a_closed_account_cannot_be_closed_again() {
    let (bank, alice) = closed();
    assert_eq!(bank.rejects(closing(alice)), CLOSED);
    assert_eq!(bank.events(alice), ["Fidelis.AccountOpened.v1", "Fidelis.AccountClosed.v1"]);
}
