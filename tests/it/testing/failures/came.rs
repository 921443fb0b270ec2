//! What tests say when other events or commands came.

use fidelis::testing::*;

use crate::testing::{
    bank::{DepositMade, OpenReview, WithdrawalMade, alice, bob, deposit, deposited, domain, opened, withdraw, withdrawn},
    failing::assert_fails,
};

#[test]
fn other_events() {
    assert_fails(
        || {
            given((opened(100), deposited(5))).when(deposit(20)).and(withdraw(7)).then_events((
                DepositMade { reference: Some("salary".to_owned()), ..deposited(25) },
                opened(1),
                withdrawn(8),
            ));
        },
        r#"
            the events are not the expected ones

               1 ≠ DepositMade { account_id: "…f19291", amount: 20, reference: null }
                     field      expected  actual
                     amount     25        20
                     reference  "salary"  null
               2 - missing: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }
               2 + unexpected: WithdrawalMade { account_id: "…f19291", amount: 7, reference: null }
               3 - missing: WithdrawalMade { account_id: "…f19291", amount: 8, reference: null }

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
                and  DepositMade { account_id: "…f19291", amount: 5, reference: null }
               when  MakeDeposit { account_id: "…f19291", amount: 20, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 20, reference: null }
                and  MakeWithdrawal { account_id: "…f19291", amount: 7 }
                     → accepted
                     + WithdrawalMade { account_id: "…f19291", amount: 7, reference: null }

            `Account` …f19291, version 3
              owner    "Alice"
              balance  118
              limits   []
        "#,
    );
}

#[test]
fn other_types() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).then_events_of::<(DepositMade, WithdrawalMade)>();
        },
        r#"
            the events are not the expected ones

              expected types: DepositMade, WithdrawalMade
               1 + DepositMade { account_id: "…f19291", amount: 5, reference: null }

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 5, reference: null }

            `Account` …f19291, version 1
              owner    "Alice"
              balance  105
              limits   []
        "#,
    );
}

#[test]
fn a_pattern_that_does_not_match() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).then_events(matching!(DepositMade { amount, .. } if *amount > 5));
        },
        r#"
            the events are not the expected ones

               1 ≠ DepositMade { account_id: "…f19291", amount: 5, reference: null }
                     does not match DepositMade { amount, .. } if *amount > 5

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 5, reference: null }

            `Account` …f19291, version 1
              owner    "Alice"
              balance  105
              limits   []
        "#,
    );
}

#[test]
fn an_event_missing_among_others() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).and(withdraw(1)).then_events_including((withdrawn(1), deposited(5)));
        },
        r#"
            the events are not the expected ones

              not among them, or not in this order: DepositMade { account_id: "…f19291", amount: 5, reference: null }
               1 + DepositMade { account_id: "…f19291", amount: 5, reference: null }
               2 + WithdrawalMade { account_id: "…f19291", amount: 1, reference: null }

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 5, reference: null }
                and  MakeWithdrawal { account_id: "…f19291", amount: 1 }
                     → accepted
                     + WithdrawalMade { account_id: "…f19291", amount: 1, reference: null }

            `Account` …f19291, version 2
              owner    "Alice"
              balance  104
              limits   []
        "#,
    );
}

#[test]
fn other_commands() {
    assert_fails(
        || {
            given_domain(domain())
                .events(alice(), opened(500))
                .when(deposit(15_000))
                .then_issued(OpenReview { account_id: bob(), amount: 15_000 });
        },
        r#"
            the issued commands are not the expected ones

               1 ≠ OpenReview { account_id: "…f19291", amount: 15000 }
                     field       expected   actual
                     account_id  "…b02435"  "…f19291"

            the story
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 500 }
               when  MakeDeposit { account_id: "…f19291", amount: 15000, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 15000, reference: null }
                     issued OpenReview { account_id: "…f19291", amount: 15000 }
                     + ReviewOpened { account_id: "…f19291", amount: 15000 }
        "#,
    );
}

#[test]
fn other_facts() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).then_facts(());
        },
        r#"
            the facts are not the expected ones

               1 + unexpected: AccountFactEvent { id: "…f19291", owner: "Alice", balance: 105, limits: [] }

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 5, reference: null }

            `Account` …f19291, version 1
              owner    "Alice"
              balance  105
              limits   []
        "#,
    );
}

/// The failure shown in the documentation is a real one.
#[test]
fn as_documented() {
    let grammar = include_str!("../../../../fidelis-core/src/testing/grammar.md");
    let (_, shown) = grammar.split_once("```text\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert_fails(
        || {
            given(opened(100))
                .when(deposit(20))
                .and(withdraw(7))
                .then_events(DepositMade { reference: Some("salary".to_owned()), ..deposited(25) });
        },
        shown,
    );
}
