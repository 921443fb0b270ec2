//! Tests about one aggregate.

use fidelis::{prelude::*, testing::*};

use super::bank::{
    Account, AccountFactEvent, AccountOpened, AskBalance, BreakDown, DepositMade, OpenAccount, OpenNumberedAccount,
    WithdrawalMade, alice, deposit, deposited, opened, withdraw, withdrawn,
};

#[test]
fn a_refused_withdrawal() {
    given((opened(100),))
        .when(withdraw(200))
        .then_rejected("balance", "Insufficient funds: balance cannot be negative")
        .then_no_events()
        .then_version(0)
        .then_state(|account| assert_eq!(account.balance, 100));
}

#[test]
fn a_life_in_a_chain() {
    given_nothing()
        .when(OpenAccount { owner: "Alice".to_owned(), deposit: 100 })
        .then_event::<AccountOpened>()
        .when_for(|account_id| super::bank::MakeDeposit { account_id, amount: 50, reference: None })
        .and(deposit_to_nobody())
        .then_error(ErrorKind::NotFound)
        .when_for(|account_id| super::bank::MakeWithdrawal { account_id, amount: 150 })
        .then_events(matching!(WithdrawalMade { amount: 150, .. }))
        .when_for(|account_id| AskBalance { account_id })
        .then_result(0)
        .then_no_events()
        .then_version(2);
}

fn deposit_to_nobody() -> super::bank::MakeDeposit {
    super::bank::MakeDeposit { account_id: Id::named("nobody"), amount: 1, reference: None }
}

#[test]
fn events_of_several_commands_are_looked_at_together() {
    given(opened(100))
        .when(deposit(1))
        .and(deposit(2))
        .then_events((deposited(1), deposited(2)))
        .then_events_of::<(DepositMade, DepositMade)>()
        .then_events(vec![deposited(1), deposited(2)])
        .then_events([matching!(DepositMade { amount, .. } if *amount < 2), matching!(DepositMade { reference: None, .. })])
        .then_events_including(deposited(2))
        .when(withdraw(3))
        .then_events(withdrawn(3))
        .then_event_matching(|event: &WithdrawalMade| event.amount == 3);
}

#[test]
fn a_history_is_lists_and_tuples_of_events() {
    given((opened(100), [deposited(1), deposited(2)], vec![withdrawn(1); 3], (deposited(5), withdrawn(4))))
        .when(deposit(1))
        .then_version(8)
        .then_state(|account| assert_eq!(account.balance, 102));
}

#[test]
fn events_of_one_save_need_not_keep_the_rules_in_between() {
    given((opened(100), at_once((withdrawn(200), deposited(150)))))
        .when(deposit(1))
        .then_state(|account| assert_eq!(account.balance, 51));
}

#[test]
fn a_history_that_breaks_a_rule_is_refused() {
    given((opened(100), withdrawn(200), deposited(150))).when(deposit(1)).then_error(ErrorKind::Corrupt);
}

#[test]
fn the_identity_of_a_new_aggregate_comes_from_its_command() {
    given_nothing()
        .when(OpenNumberedAccount { account_id: alice(), owner: "Alice".to_owned() })
        .then_result(alice())
        .then_events(opened(0));
}

#[test]
fn a_refused_creation_creates_nothing() {
    given_nothing()
        .when(OpenAccount { owner: "Alice".to_owned(), deposit: -1 })
        .then_rejected("deposit", "Opening deposit cannot be negative")
        .then_no_events();
}

#[test]
fn several_refusals_are_expected_together_or_one_by_one() {
    let both =
        reject!(balance: "Insufficient funds: balance cannot be negative").and("credit", "1100 is more than anybody can owe");
    given(opened(100))
        .when(withdraw(1_200))
        .then_rejection(both)
        .then_rejected_with("credit", "1100 is more than anybody can owe")
        .then_rejected_with("balance", "Insufficient funds: balance cannot be negative");
}

#[test]
fn a_failure_and_a_panic_are_no_refusals() {
    for panic in [false, true] {
        given(opened(100)).when(BreakDown { account_id: alice(), panic }).then_error(ErrorKind::Failed).then_no_events();
    }
}

#[test]
fn facts_follow_saves_and_histories() {
    given(opened(100)).when(deposit(1)).then_facts(AccountFactEvent {
        id: alice(),
        owner: "Alice".to_owned(),
        balance: 101,
        limits: Vec::new(),
    });
}

#[test]
fn methods_are_called_without_commands() {
    given(opened(100))
        .of(alice())
        .when_called(|account| account.deposit(5, None))
        .then_events(deposited(5))
        .then_version(1)
        .when_called(|account| account.withdraw(500))
        .then_rejected("balance", "Insufficient funds: balance cannot be negative")
        .then_no_events()
        .then_state(|account| assert_eq!(account.balance, 105))
        .when_called(|account| account.swap(110, 10).map(|()| account.balance))
        .then_events((withdrawn(110), deposited(10)))
        .then_result(5);
}

#[test]
fn an_aggregate_without_a_history_can_be_called() {
    given_nothing().when_called(|account: &mut Account| account.deposit(5, None)).then_event::<DepositMade>();
}
