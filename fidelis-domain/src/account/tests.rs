//! Chapters 1 to 5: what an account does and what it refuses.

mod catching;
mod history;
mod values;

use fidelis::{prelude::*, testing::*};

use super::{Account, AccountClosed, AccountOpened, AccountStatus, DepositMade, WithdrawalMade};
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

#[test]
fn a_command_for_an_account_that_does_not_exist_is_not_found() {
    let bank = Bank::open();
    let nobody = Id::named("nobody");
    let error = bank.process(deposit(nobody, dollars(1))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), format!("there is no `Account` with the identity {nobody}"));
    assert!(bank.log().is_empty());
}
