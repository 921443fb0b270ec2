//! Tests about read models.

use fidelis::{prelude::*, testing::*};

use super::bank::{AccountOpened, Report, Summary, alice, bob, deposit, deposited, domain, opened, withdraw};

fn noon() -> Timestamp {
    "2025-06-01T12:00:00Z".parse().unwrap()
}

#[test]
fn rows_follow_events() {
    given_projection::<Summary>()
        .at(noon())
        .events(alice(), opened(1_000))
        .after(minutes(5))
        .when_happened(alice(), deposited(500))
        .then_row(alice(), |row| assert_eq!((row.balance, row.movements), (1_500, 2)))
        .then_row_is(Summary {
            account_id: alice(),
            owner: "Alice".to_owned(),
            balance: 1_500,
            movements: 2,
            moved_at: "2025-06-01T12:05:00Z".parse().unwrap(),
        })
        .then_no_row(bob())
        .then_row_count(1);
}

#[test]
fn rows_follow_commands() {
    given_projection::<Report>()
        .events(alice(), opened(1_000))
        .events(bob(), AccountOpened { account_id: bob(), owner: "Bob".to_owned(), deposit: 5 })
        .command(deposit(500))
        .when(withdraw(200))
        .then_rows([Report { account_id: alice(), balance: 1_300 }, Report { account_id: bob(), balance: 5 }]);
}

#[test]
fn the_whole_domain_shows_every_read_model() {
    given_domain(domain())
        .events(alice(), opened(1_000))
        .when(deposit(1))
        .then_row(alice(), |row: &Summary| assert_eq!(row.balance, 1_001))
        .then_row(alice(), |row: &Report| assert_eq!(row.balance, 1_001));
}
