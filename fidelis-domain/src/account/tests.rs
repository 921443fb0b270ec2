//! Chapters 1 to 5: what an account does and what it refuses.

mod catching;
mod history;
mod in_hand;
mod values;

use fidelis::{prelude::*, testing::*};

use super::{AccountClosed, AccountOpened, AccountStatus, DepositMade, WithdrawalMade};
use crate::{
    money::{Money, cents, dollars},
    tests::{Bank, alice, closed, closing, deposit, deposited, opened, opening, withdrawal, withdrawn},
};

const OVERDRAFT: &str = "Insufficient funds: balance cannot be negative";

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
    given(opened(dollars(100)))
        .when(withdrawal(alice(), dollars(200)))
        .then_rejected("balance", OVERDRAFT)
        .then_no_events()
        .then_version(0)
        .then_state(|account| assert_eq!(account.balance, dollars(100)))
        .when(withdrawal(alice(), dollars(100)))
        .then_events(withdrawn(dollars(100)))
        .when(withdrawal(alice(), cents(1)))
        .then_rejected("balance", OVERDRAFT);
}

#[test]
fn chapter_4_close_with_a_balance_is_rejected_and_without_one_it_closes() {
    given(opened(dollars(100)))
        .when(closing(alice()))
        .then_rejected("status", "Cannot close account with non-zero balance")
        .then_no_events()
        .then_state(|account| assert_eq!(account.status, AccountStatus::Active))
        .when(withdrawal(alice(), dollars(100)))
        .and(closing(alice()))
        .then_events((withdrawn(dollars(100)), closed()))
        .then_state(|account| assert_eq!((account.status, account.balance), (AccountStatus::Closed, Money::ZERO)));
}

#[test]
fn chapter_4_amounts_of_nothing_or_less_are_rejected_and_raise_no_event() {
    for amount in [Money::ZERO, cents(-1), dollars(-50)] {
        given(opened(dollars(100)))
            .when(deposit(alice(), amount))
            .then_rejected("amount", "Deposit amount must be positive")
            .then_no_events()
            .when(withdrawal(alice(), amount))
            .then_rejected("amount", "Withdrawal amount must be positive")
            .then_no_events()
            .then_version(0);
    }
    given_nothing()
        .when(opening("ACC-001", "Alice Johnson", cents(-1)))
        .then_rejected("opening_deposit", "Opening deposit cannot be negative")
        .then_no_events();
}

#[test]
fn chapter_4_an_account_can_be_opened_with_nothing() {
    given(opened(Money::ZERO))
        .when(withdrawal(alice(), cents(1)))
        .then_rejected("balance", OVERDRAFT)
        .when(deposit(alice(), cents(1)))
        .then_state(|account| assert_eq!(account.balance, cents(1)));
}

#[test]
fn chapter_4_nothing_happens_to_a_closed_account() {
    let given_closed = || given((opened(Money::ZERO), closed()));
    given_closed().when(deposit(alice(), dollars(1))).then_rejected("status", "Account is closed").then_no_events();
    given_closed().when(withdrawal(alice(), dollars(1))).then_rejected("status", "Account is closed").then_no_events();
    given_closed().when(closing(alice())).then_rejected("status", "Account is closed").then_no_events();
}

#[test]
fn chapter_4_ten_dimes_are_a_dollar_that_can_be_withdrawn() {
    given((opened(Money::ZERO), vec![deposited(cents(10)); 10]))
        .when(withdrawal(alice(), dollars(1)))
        .then_state(|account| assert_eq!(account.balance, Money::ZERO))
        .when(closing(alice()))
        .then_event::<AccountClosed>();
}

#[test]
fn chapter_5_an_account_is_opened() {
    given_nothing()
        .when(opening("ACC-001", "Alice Johnson", dollars(1000)))
        .then_events(matching!(AccountOpened { opening_deposit, .. } if *opening_deposit == dollars(1000)))
        .then_state(|account| {
            assert_eq!((account.account_number.as_str(), account.holder_name.as_str()), ("ACC-001", "Alice Johnson"));
            assert_eq!((account.balance, account.status), (dollars(1000), AccountStatus::Active));
        });
}

#[test]
fn chapter_5_a_deposit_is_added_to_what_the_history_left() {
    given((opened(dollars(1000)), withdrawn(dollars(400))))
        .when(deposit(alice(), dollars(500)))
        .then_events(deposited(dollars(500)))
        .then_state(|account| assert_eq!(account.balance, dollars(1100)));
}

#[test]
fn chapter_5_an_overdraft_is_rejected_and_raises_no_event() {
    given(opened(dollars(100)))
        .when(withdrawal(alice(), dollars(200)))
        .then_rejected("balance", "Insufficient funds: balance cannot be negative")
        .then_no_events()
        .then_state(|account| assert_eq!(account.balance, dollars(100)));
}

#[test]
fn chapter_5_a_whole_life_in_a_chain() {
    given_nothing()
        .when(opening("ACC-001", "Alice Johnson", dollars(100)))
        .then_event::<AccountOpened>()
        .when_for(|account_id| deposit(account_id, dollars(50)))
        .then_event::<DepositMade>()
        .when_for(|account_id| withdrawal(account_id, dollars(150)))
        .then_event::<WithdrawalMade>()
        .when_for(closing)
        .then_event::<AccountClosed>()
        .then_version(3)
        .then_state(|account| assert_eq!((account.status, account.balance), (AccountStatus::Closed, Money::ZERO)));
}

#[test]
fn chapter_5_closing_an_account_with_money_in_it_is_rejected() {
    given((opened(dollars(100)), deposited(dollars(50))))
        .when(closing(alice()))
        .then_rejected("status", "Cannot close account with non-zero balance")
        .then_no_events()
        .then_state(|account| assert_eq!(account.status, AccountStatus::Active));
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
