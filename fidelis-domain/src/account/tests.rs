//! Chapters 1 to 5: what an account does and what it refuses.

mod catching;
mod closed;
mod history;
mod values;

use fidelis::prelude::*;

use super::{Account, AccountStatus};
use crate::{
    money::{Money, cents, dollars},
    tests::{Bank, closing, deposit, opening, withdrawal},
};

const OVERDRAFT: &str = "{balance: [Insufficient funds: balance cannot be negative]}";

#[test]
fn chapter_1_to_3_the_balance_follows_from_four_events() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    for amount in [500, 200] {
        bank.accepts(deposit(alice, dollars(amount)));
    }
    bank.accepts(withdrawal(alice, dollars(150)));

    let account = bank.account(alice);
    assert_eq!((account.account_number.as_str(), account.holder_name.as_str()), ("ACC-001", "Alice Johnson"));
    assert_eq!((account.balance, account.status), (dollars(1550), AccountStatus::Active));
    assert_eq!(account.version(), Some(3));
    let stream = bank.stream("fidelis::account", alice);
    let positions: Vec<u64> = stream.iter().map(|record| record.metadata.position).collect();
    assert_eq!(positions, [0, 1, 2, 3]);
    assert_eq!(stream[0].metadata.stream.as_str(), format!("fidelis::account-{alice}"));
    assert_eq!(
        bank.events(alice),
        ["Fidelis.AccountOpened.v1", "Fidelis.DepositMade.v1", "Fidelis.DepositMade.v1", "Fidelis.WithdrawalMade.v1"]
    );
}

#[test]
fn chapter_1_to_3_replay_gives_the_same_account() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    bank.accepts(deposit(alice, dollars(500)));
    bank.accepts(withdrawal(alice, dollars(150)));
    let live = bank.account(alice);
    assert_eq!(fidelis::block_on(bank.engine.replay(alice)).unwrap(), live);
    assert_eq!(Bank::on(bank.store.clone()).account(alice), live, "after a restart");
}

#[test]
fn chapter_4_overdraft_is_rejected_and_nothing_is_stored() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let head = bank.log().len();
    assert_eq!(bank.rejects(withdrawal(alice, dollars(200))), OVERDRAFT);
    assert_eq!(bank.log().len(), head);
    assert_eq!((bank.account(alice).balance, bank.account(alice).version()), (dollars(100), Some(0)));
    bank.accepts(withdrawal(alice, dollars(100)));
    assert_eq!(bank.rejects(withdrawal(alice, cents(1))), OVERDRAFT);
}

#[test]
fn chapter_4_close_with_a_balance_is_rejected_and_without_one_it_closes() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    assert_eq!(bank.rejects(closing(alice)), "{status: [Cannot close account with non-zero balance]}");
    bank.accepts(withdrawal(alice, dollars(100)));
    bank.accepts(closing(alice));
    let account = bank.account(alice);
    assert_eq!((account.status, account.balance), (AccountStatus::Closed, Money::ZERO));
    assert_eq!(bank.events(alice), ["Fidelis.AccountOpened.v1", "Fidelis.WithdrawalMade.v1", "Fidelis.AccountClosed.v1"]);
}

#[test]
fn chapter_4_amounts_of_nothing_or_less_are_rejected_and_raise_no_event() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    for amount in [Money::ZERO, cents(-1), dollars(-50)] {
        assert_eq!(bank.rejects(deposit(alice, amount)), "{amount: [Deposit amount must be positive]}");
        assert_eq!(bank.rejects(withdrawal(alice, amount)), "{amount: [Withdrawal amount must be positive]}");
    }
    assert_eq!(bank.events(alice), ["Fidelis.AccountOpened.v1"]);
    let refused = bank.rejects(opening("ACC-002", "Bob", cents(-1)));
    assert_eq!(refused, "{opening_deposit: [Opening deposit cannot be negative]}");
}

#[test]
fn chapter_4_an_account_can_be_opened_with_nothing() {
    let bank = Bank::open();
    let bob = bank.accepts(opening("ACC-002", "Bob", Money::ZERO));
    assert_eq!(bank.rejects(withdrawal(bob, cents(1))), OVERDRAFT);
    bank.accepts(deposit(bob, cents(1)));
    assert_eq!(bank.account(bob).balance, cents(1));
}

/// An account in hand with one event that waits to be stored.
fn in_hand() -> Account {
    let id = Id::named("ACC-001");
    Account::open(id, "ACC-001".to_owned(), "Alice Johnson".to_owned(), dollars(100)).unwrap()
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
    assert_eq!(leaves_as_before(in_hand(), |account| account.withdraw(dollars(200), None)), OVERDRAFT);
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
    assert_eq!(refused, OVERDRAFT);
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
    let both = Rejection::new("balance", "Insufficient funds: balance cannot be negative")
        .and("status", "Cannot close account with non-zero balance");
    assert_eq!(refused, Err(both));
}

#[test]
fn chapter_4_ten_dimes_are_a_dollar_that_can_be_withdrawn() {
    let bank = Bank::open();
    let alice = bank.alice(Money::ZERO);
    for _ in 0..10 {
        bank.accepts(deposit(alice, cents(10)));
    }
    assert_eq!(bank.account(alice).balance.to_string(), "1.00");
    bank.accepts(withdrawal(alice, dollars(1)));
    bank.accepts(closing(alice));
}

#[test]
fn a_command_for_an_account_that_does_not_exist_is_not_found() {
    let bank = Bank::open();
    let nobody = Id::named("nobody");
    let error = bank.process(deposit(nobody, dollars(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), format!("there is no `Account` with the identity {nobody}"));
    assert!(bank.log().is_empty());
}
