//! What tests say when an aggregate, a read model or a consumer is not as expected.

use fidelis::{prelude::*, testing::*};

use crate::testing::{
    bank::{Account, AccountOpened, LetterHandler, OpenAccount, Report, Summary, alice, bob, deposit, deposited, domain, opened},
    failing::assert_fails,
};

#[test]
fn another_state() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).then_state(|account| assert_eq!(account.balance, 5, "the balance"));
        },
        r#"
            the state is not the expected one

              assertion `left == right` failed: the balance
                left: 105
               right: 5

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
fn another_version() {
    assert_fails(
        || {
            given(opened(100)).when(deposit(5)).then_version(5);
        },
        r#"
            the aggregate is at another version

              expected  5
              actual    1

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
fn another_row() {
    assert_fails(
        || {
            given_projection::<Summary>()
                .at("2025-06-01T12:00:00Z".parse().unwrap())
                .events(alice(), opened(5))
                .when_happened(alice(), deposited(1))
                .then_row_is(Summary {
                    account_id: alice(),
                    owner: "Bob".to_owned(),
                    balance: 7,
                    movements: 2,
                    moved_at: "2025-06-01T12:00:00Z".parse().unwrap(),
                });
        },
        r#"
            row …f19291 of `summary` is not the expected one

              field    expected  actual
              owner    "Bob"     "Alice"
              balance  7         6

            the story
                 at  2025-06-01T12:00:00Z
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 5 }
               when  `Account` …f19291: DepositMade { account_id: "…f19291", amount: 1, reference: null }

            rows of `summary`
              summary { account_id: "…f19291", owner: "Alice", balance: 6, movements: 2, moved_at: "2025-06-01T12:00:00Z" }
        "#,
    );
}

#[test]
fn no_row() {
    assert_fails(
        || {
            given_projection::<Report>().when_happened(alice(), opened(1)).then_row(bob(), |row| assert_eq!(row.balance, 1));
        },
        r#"
            `report` has no row …b02435

            the story
               when  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }

            rows of `report`
              report { account_id: "…f19291", balance: 1 }
        "#,
    );
}

#[test]
fn other_rows() {
    assert_fails(
        || {
            given_projection::<Report>()
                .events(alice(), opened(1))
                .when_happened(Id::named("carol"), AccountOpened { account_id: Id::named("carol"), ..opened(3) })
                .then_rows([Report { account_id: alice(), balance: 2 }, Report { account_id: bob(), balance: 2 }]);
        },
        r#"
            the rows of `report` are not the expected ones

              ≠ report { account_id: "…f19291", balance: 1 }
                  field    expected  actual
                  balance  2         1
              - missing: report { account_id: "…b02435", balance: 2 }
              + unexpected: report { account_id: "…4e87cd", balance: 3 }

            the story
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }
               when  `Account` …4e87cd: AccountOpened { account_id: "…4e87cd", owner: "Alice", deposit: 3 }

            rows of `report`
              report { account_id: "…f19291", balance: 1 }
              report { account_id: "…4e87cd", balance: 3 }
        "#,
    );
}

#[test]
fn a_projector_that_cannot_follow() {
    assert_fails(
        || {
            given_projection::<Summary>().when_happened(alice(), deposited(1)).then_row_count(0);
        },
        r#"
            `bank.SummaryProjector` could not handle an event

              the handler failed: there is no row in read model `summary` for this event to change

            the story
               when  `Account` …f19291: DepositMade { account_id: "…f19291", amount: 1, reference: null }
        "#,
    );
}

#[test]
fn a_consumer_that_keeps_up() {
    assert_fails(
        || {
            given_domain(domain()).events(alice(), opened(500)).when(deposit(1)).then_parked("ReviewHandler", "too much");
        },
        r#"
            `ReviewHandler` should have one message parked

              expected  too much
              actual    it has handled everything

            the story
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 500 }
               when  MakeDeposit { account_id: "…f19291", amount: 1, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 1, reference: null }
        "#,
    );
}

#[test]
fn a_consumer_that_does_not_keep_up() {
    let letters = LetterHandler::default();
    letters.failures.store(9, std::sync::atomic::Ordering::Relaxed);
    assert_fails(
        || {
            given_domain(domain().with(letters))
                .when(OpenAccount { owner: "Alice".to_owned(), deposit: 1 })
                .after(seconds(1))
                .then_caught_up();
        },
        r#"
            not every consumer could handle everything

            the story
               when  OpenAccount { owner: "Alice", deposit: 1 }
                     → accepted: "…7cf565"
                     + AccountOpened { account_id: "…7cf565", owner: "Alice", deposit: 1 }
              after  1s

            consumers with parked messages
              bank.LetterHandler: the handler failed: no stamps
        "#,
    );
}

#[test]
fn another_state_of_some_aggregate() {
    assert_fails(
        || {
            given_domain(domain())
                .events(alice(), opened(100))
                .when(deposit(5))
                .then_state_of(alice(), |account: &Account| assert_eq!(account.balance, 5));
        },
        r#"
            the state is not the expected one

              assertion `left == right` failed
                left: 105
               right: 5

              `Account` …f19291, version 1
              owner    "Alice"
              balance  105
              limits   []

            the story
              given  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 100 }
               when  MakeDeposit { account_id: "…f19291", amount: 5, reference: null }
                     → accepted
                     + DepositMade { account_id: "…f19291", amount: 5, reference: null }
        "#,
    );
}

#[test]
fn a_row_the_test_does_not_like() {
    assert_fails(
        || {
            given_projection::<Report>().when_happened(alice(), opened(1)).then_row(alice(), |row| assert!(row.balance > 1));
        },
        r#"
            the row of `report` is not the expected one

              assertion failed: row.balance > 1

            the story
               when  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }

            rows of `report`
              report { account_id: "…f19291", balance: 1 }
        "#,
    );
}

#[test]
fn a_row_too_many() {
    assert_fails(
        || {
            given_projection::<Report>().when_happened(alice(), opened(1)).then_no_row(alice());
        },
        r#"
            `report` should have no row …f19291

              report { account_id: "…f19291", balance: 1 }

            the story
               when  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }

            rows of `report`
              report { account_id: "…f19291", balance: 1 }
        "#,
    );
}

#[test]
fn another_number_of_rows() {
    assert_fails(
        || {
            given_projection::<Report>().when_happened(alice(), opened(1)).then_row_count(2);
        },
        r#"
            `report` has 1 rows, not 2

              report { account_id: "…f19291", balance: 1 }

            the story
               when  `Account` …f19291: AccountOpened { account_id: "…f19291", owner: "Alice", deposit: 1 }

            rows of `report`
              report { account_id: "…f19291", balance: 1 }
        "#,
    );
}
