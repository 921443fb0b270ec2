//! Chapter 4: a rejection leaves the account in hand exactly as it was, without a bank around it.

use fidelis::prelude::*;

use super::{super::Account, OVERDRAFT};
use crate::{
    money::{Money, dollars},
    tests::alice,
};

/// An account in hand with one event that waits to be stored.
fn in_hand() -> Account {
    Account::open(alice(), "ACC-001".to_owned(), "Alice Johnson".to_owned(), dollars(100)).unwrap()
}

/// That `change` is refused and leaves the account in hand exactly as it was: state, version and pending events.
#[track_caller]
fn leaves_as_before(mut account: Account, change: impl FnOnce(&mut Account) -> Result<(), Rejection>) -> String {
    let before = account.clone();
    let refused = change(&mut account).unwrap_err();
    assert_eq!(account, before);
    assert_eq!(account.version(), before.version());
    assert_eq!(account.root().pending(), before.root().pending());
    refused.to_string()
}

#[test]
fn chapter_4_a_rejection_leaves_the_instance_in_hand_as_before() {
    assert_eq!(
        leaves_as_before(in_hand(), |account| account.withdraw(dollars(200), None)),
        format!("{{balance: [{OVERDRAFT}]}}")
    );
    let closed = leaves_as_before(in_hand(), |account| account.close(None));
    assert_eq!(closed, "{status: [Cannot close account with non-zero balance]}");
    leaves_as_before(in_hand(), |account| account.deposit(Money::ZERO, None));
}

#[test]
fn chapter_4_a_rejected_pair_of_events_leaves_the_instance_in_hand_as_before() {
    let refused = leaves_as_before(in_hand(), |account| {
        account.atomically(|account| {
            account.deposit(dollars(50), None)?;
            account.withdraw(dollars(200), None)
        })
    });
    assert_eq!(refused, format!("{{balance: [{OVERDRAFT}]}}"));
}

#[test]
fn chapter_4_a_pair_of_events_is_judged_at_its_end() {
    let mut account = in_hand();
    let pair = account.atomically(|account| {
        account.withdraw(dollars(150), None)?;
        account.deposit(dollars(50), None)
    });
    assert_eq!(pair, Ok(()));
    assert_eq!((account.balance, account.version(), account.root().pending().len()), (Money::ZERO, Some(2), 3));
}

#[test]
fn chapter_4_all_broken_rules_are_named_at_once() {
    let mut account = in_hand();
    let refused = account.atomically(|account| {
        account.withdraw(dollars(150), None)?;
        account.close(None)
    });
    let both = Rejection::new("balance", OVERDRAFT).and("status", "Cannot close account with non-zero balance");
    assert_eq!(refused, Err(both));
}
