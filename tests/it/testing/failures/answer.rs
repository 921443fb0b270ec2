//! What tests say when a command does not end as expected.

use fidelis::{prelude::*, testing::*};

use crate::testing::{
    bank::{Account, AskBalance, BreakDown, alice, deposit, domain, opened, withdraw},
    failing::assert_fails,
};

#[test]
fn no_rejection() {
    assert_fails(
        || {
            given(opened(100)).when(AskBalance { account_id: alice() }).then_rejected("balance", "It is secret");
        },
        r#"
            the command should have been rejected, and it succeeded

              expected  {balance: [It is secret]}
              actual    accepted: 100

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  AskBalance { account_id: "…f19291" }
                     → accepted: 100

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn another_rejection() {
    assert_fails(
        || {
            given(opened(100)).when(withdraw(2_000)).then_rejected("balance", "Insufficient funds: balance cannot be negative");
        },
        r#"
            the command was rejected, but not as expected

              expected  {balance: [Insufficient funds: balance cannot be negative]}
              actual    {balance: [Insufficient funds: balance cannot be negative], credit: [1900 is more than anybody can owe]}

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeWithdrawal { account_id: "…f19291", amount: 2000 }
                     → rejected: {balance: [Insufficient funds: balance cannot be negative], credit: [1900 is more than anybody can owe]}

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn a_failure_is_no_rejection() {
    assert_fails(
        || {
            given(opened(100)).when(BreakDown { account_id: alice(), panic: true }).then_rejected("balance", "no");
        },
        r#"
            the command failed, which is not a rejection

              expected  {balance: [no]}
              actual    `Failed`: the handler of `BreakDown` panicked: the vault is open

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  BreakDown { account_id: "…f19291", panic: true }
                     → the handler of `BreakDown` panicked: the vault is open

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn an_error_nobody_speaks_of() {
    assert_fails(
        || {
            given(opened(100)).when(withdraw(200)).then_no_events();
        },
        r#"
            the command did not succeed, and the test does not say so

              rejected: {balance: [Insufficient funds: balance cannot be negative]}

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeWithdrawal { account_id: "…f19291", amount: 200 }
                     → rejected: {balance: [Insufficient funds: balance cannot be negative]}

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn an_error_before_the_next_command() {
    assert_fails(
        || {
            given(opened(100)).when(withdraw(200)).and(deposit(1)).then_accepted();
        },
        r#"
            the command did not succeed, and the test does not say so

              rejected: {balance: [Insufficient funds: balance cannot be negative]}

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeWithdrawal { account_id: "…f19291", amount: 200 }
                     → rejected: {balance: [Insufficient funds: balance cannot be negative]}

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn another_error() {
    assert_fails(
        || {
            given_nothing().when(deposit(5)).then_error(ErrorKind::Conflict);
        },
        r#"
            the command should have ended with `Conflict`

              it ended with `NotFound`: there is no `Account` with the identity …f19291

            the story
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → there is no `Account` with the identity …f19291
        "#,
    );
}

#[test]
fn another_answer() {
    assert_fails(
        || {
            given(opened(100)).when(AskBalance { account_id: alice() }).then_result(5);
        },
        r#"
            the command gave something else

              expected  5
              actual    100

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  AskBalance { account_id: "…f19291" }
                     → accepted: 100

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn a_given_command_that_is_refused() {
    assert_fails(
        || {
            given_domain(domain())
                .events(alice(), opened(500))
                .command(withdraw(501))
                .when(deposit(1))
                .then_state_of(alice(), |account: &Account| assert_eq!(account.balance, 0));
        },
        r#"
            `MakeWithdrawal` was given at tests/it/testing/failures/answer.rs and did not succeed

              rejected: {balance: [Insufficient funds: balance cannot be negative]}

            the story
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 500 }
                and  MakeWithdrawal { account_id: "…f19291", amount: 501 }
                     → rejected: {balance: [Insufficient funds: balance cannot be negative]}
        "#,
    );
}

#[test]
fn a_message_that_is_missing() {
    assert_fails(
        || {
            given(opened(100)).when(withdraw(200)).then_rejected_with("credit", "200 is more than anybody can owe");
        },
        r#"
            the command was rejected, but not with the expected message

              expected  {credit: [200 is more than anybody can owe]}
              actual    {balance: [Insufficient funds: balance cannot be negative]}

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeWithdrawal { account_id: "…f19291", amount: 200 }
                     → rejected: {balance: [Insufficient funds: balance cannot be negative]}

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}

#[test]
fn an_answer_that_the_test_does_not_like() {
    assert_fails(
        || {
            given(opened(100)).when(AskBalance { account_id: alice() }).then_result_with(|balance| assert!(*balance > 100));
        },
        r#"
            the command gave something else

              assertion failed: *balance > 100

            the story
              given  AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  AskBalance { account_id: "…f19291" }
                     → accepted: 100

            `Account` …f19291, version 0
              owner    "Alice"
              balance  100
              limits   []
        "#,
    );
}
