//! Chapter 6: the row of the dashboard follows the events of its account.

use fidelis::{Clock as _, ManualClock, block_on, prelude::*, testing::*};

use super::AccountSummary;
use crate::{
    account::{Account, DepositMade},
    money::{Money, dollars},
    tests::{Bank, alice, closing, deposit, opened, opening, withdrawal},
};

fn row(bank: &Bank, id: Id<Account>) -> AccountSummary {
    block_on(bank.engine.query::<AccountSummary>().get(id)).unwrap().expect("the account has a row")
}

/// So many minutes after the tests begin.
fn after(duration: SignedDuration) -> Option<Timestamp> {
    Some(ManualClock::default().now().saturating_add(duration).unwrap())
}

#[test]
fn chapter_6_the_opening_and_a_deposit_are_two_transactions() {
    given_projection::<AccountSummary>()
        .events(alice(), opened(dollars(1000)))
        .after(minutes(5))
        .when(deposit(alice(), dollars(500)))
        .after(minutes(5))
        .then_row_is(AccountSummary {
            account_id: alice(),
            account_number: "ACC-001".to_owned(),
            holder_name: "Alice Johnson".to_owned(),
            balance: dollars(1500),
            transaction_count: 2,
            last_transaction_at: after(minutes(5)),
        });
}

#[test]
fn chapter_6_a_withdrawal_is_a_transaction_and_closing_is_none() {
    given_projection::<AccountSummary>()
        .events(alice(), opened(dollars(1000)))
        .after(minutes(5))
        .when(withdrawal(alice(), dollars(1000)))
        .after(minutes(5))
        .and(closing(alice()))
        .then_row(alice(), |row| {
            assert_eq!((row.balance, row.transaction_count), (Money::ZERO, 2));
            assert_eq!(row.last_transaction_at, after(minutes(5)));
        });
}

#[test]
fn chapter_6_a_rejected_command_does_not_show() {
    given_projection::<AccountSummary>()
        .events(alice(), opened(dollars(100)))
        .after(minutes(5))
        .when(withdrawal(alice(), dollars(200)))
        .then_rejected("balance", "Insufficient funds: balance cannot be negative")
        .then_row(alice(), |row| {
            assert_eq!((row.balance, row.transaction_count, row.last_transaction_at), (dollars(100), 1, after(minutes(0))));
        });
}

#[test]
fn chapter_6_the_dashboard_can_be_asked() {
    let bank = Bank::open();
    for (number, balance) in [("ACC-001", 900), ("ACC-002", 10_000), ("ACC-003", 1_000), ("ACC-004", 20)] {
        bank.accepts(opening(number, "Alice Johnson", dollars(balance)));
    }
    let query = || bank.engine.query::<AccountSummary>();
    let numbers = |rows: Vec<AccountSummary>| rows.into_iter().map(|row| row.account_number).collect::<Vec<_>>();
    let rich = query().filter(AccountSummary::BALANCE.ge(dollars(900))).order_by(AccountSummary::BALANCE.descending());
    assert_eq!(numbers(block_on(rich.all()).unwrap()), ["ACC-002", "ACC-003", "ACC-001"], "as amounts, not as texts");
    let page = block_on(query().order_by(AccountSummary::ACCOUNT_NUMBER.ascending()).page(2, 3)).unwrap();
    assert_eq!((page.total, page.has_next()), (4, false));
    assert_eq!(numbers(page.rows), ["ACC-004"]);
}

#[test]
fn chapter_6_a_row_that_cannot_be_made_parks_its_account_and_no_other() {
    let bank = Bank::open();
    let bob = bank.accepts(opening("ACC-002", "Bob", dollars(1)));
    // An account that was never opened has no row to change.
    let ghost = Id::named("ghost");
    bank.smuggle(ghost, &DepositMade { account_id: ghost, amount: dollars(5), reference: None });
    let receipt = bank.process(deposit(ghost, dollars(5))).unwrap();
    let behind: Vec<&str> = receipt.lagging.iter().map(|consumer| &*consumer.subscription).collect();
    assert_eq!(behind, ["fidelis.AccountSummaryProjector"]);
    assert_eq!(bank.account(ghost).balance, dollars(10), "the deposit is made all the same");

    bank.accepts(deposit(bob, dollars(1)));
    assert_eq!(row(&bank, bob).balance, dollars(2));
    let parked = block_on(bank.engine.parked()).unwrap();
    let streams: Vec<String> = parked.iter().map(|message| message.stream.to_string()).collect();
    assert_eq!(streams, [format!("fidelis::account-{ghost}"), format!("fidelis::account-{ghost}")]);
    let failure = parked[0].failure.as_ref().expect("the first one failed");
    assert_eq!(failure.error, "the handler failed: there is no row in read model `account_summary` for this event to change");
    assert_eq!(parked[1].failure, None, "the second one waits behind it");
}

#[test]
fn chapter_6_a_rebuild_gives_the_same_rows() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    bank.accepts(deposit(alice, dollars(500)));
    bank.accepts(opening("ACC-002", "Bob", dollars(1)));
    let all = || block_on(bank.engine.query::<AccountSummary>().all()).unwrap();
    let before = all();
    assert_eq!(block_on(bank.engine.rebuild::<AccountSummary>()).unwrap(), 3);
    assert_eq!(all(), before);
    bank.accepts(deposit(alice, dollars(1)));
    assert_eq!((row(&bank, alice).balance, row(&bank, alice).transaction_count), (dollars(1501), 3), "and it goes on from there");
}

#[test]
fn chapter_6_a_rebuild_that_fails_says_so_and_leaves_the_old_rows() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    let before = row(&bank, alice);
    let ghost = Id::named("ghost");
    bank.smuggle(ghost, &DepositMade { account_id: ghost, amount: dollars(5), reference: None });
    let error = block_on(bank.engine.rebuild::<AccountSummary>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed);
    assert_eq!(
        error.to_string(),
        "`fidelis.AccountSummaryProjector` cannot handle `Fidelis.DepositMade.v1` at position 3 of the log: the handler failed: \
         there is no row in read model `account_summary` for this event to change"
    );
    assert_eq!(row(&bank, alice), before);
    bank.accepts(deposit(alice, dollars(500)));
    assert_eq!(row(&bank, alice).balance, dollars(1500), "and it is kept up to date");
}
