//! Tests about a whole domain.

use std::sync::atomic::Ordering;

use fidelis::{prelude::*, testing::*};

use super::bank::{
    Account, AccountOpened, DepositMade, LetterHandler, OpenAccount, OpenReview, Review, ReviewOpened, alice, deposit, deposited,
    domain, opened, withdraw,
};

#[test]
fn handlers_issue_commands() {
    given_domain(domain())
        .events(alice(), opened(500))
        .when(deposit(15_000))
        .then_issued(OpenReview { account_id: alice(), amount: 15_000 })
        .then_issued(matching!(OpenReview { amount, .. } if *amount >= 10_000))
        .then_events((deposited(15_000), ReviewOpened { account_id: alice(), amount: 15_000 }))
        .then_events_including(matching!(ReviewOpened { .. }))
        .then_state_of(alice(), |account: &Account| assert_eq!(account.balance, 15_500))
        .then_caught_up()
        .when(withdraw(5))
        .then_issued(());
}

#[test]
fn a_refused_command_was_issued_all_the_same_and_its_issuer_is_parked() {
    given_domain(domain())
        .events(alice(), opened(500))
        .when(deposit(13_000))
        .then_issued(OpenReview { account_id: alice(), amount: 13_000 })
        .then_events(deposited(13_000))
        .then_parked("ReviewHandler", "rejected: {amount: [Nobody reviews that]}");
}

#[test]
fn time_is_an_input() {
    let letters = LetterHandler::default();
    letters.failures.store(2, Ordering::Relaxed);
    given_domain(domain().with(letters.clone()))
        .when(OpenAccount { owner: "Alice".to_owned(), deposit: 1 })
        .then_parked("LetterHandler", "the handler failed: no stamps")
        .after(seconds(1))
        .then_caught_up();
    assert_eq!(letters.sent.load(Ordering::Relaxed), 1);
}

#[test]
fn time_that_passes_is_a_when() {
    let letters = LetterHandler::default();
    letters.failures.store(1, Ordering::Relaxed);
    given_domain(domain().with(letters.clone()))
        .events(alice(), opened(1))
        .when_passed(seconds(0))
        .then_parked("LetterHandler", "the handler failed: no stamps")
        .when_passed(minutes(1))
        .then_caught_up()
        .then_events(());
    assert_eq!(letters.sent.load(Ordering::Relaxed), 1);
}

#[test]
fn what_happened_elsewhere_is_handled_as_what_was_commanded_here() {
    given_domain(domain())
        .events(alice(), opened(500))
        .when_happened(alice(), (deposited(10_000), deposited(20_000)))
        .then_issued((OpenReview { account_id: alice(), amount: 10_000 }, OpenReview { account_id: alice(), amount: 20_000 }))
        .then_events_of::<(DepositMade, DepositMade, ReviewOpened, ReviewOpened)>();
}

#[test]
fn answers_are_passed_on() {
    given_domain(domain())
        .command(OpenAccount { owner: "Bob".to_owned(), deposit: 0 })
        .when(OpenAccount { owner: "Alice".to_owned(), deposit: 7 })
        .then_event::<AccountOpened>()
        .when_with(|&account_id| OpenReview { account_id, amount: 7 })
        .then_result_with(|id| assert_ne!(*id, Id::default()))
        .when_with(|&review| OpenReview { account_id: Id::from_uuid(review.uuid()), amount: 1 })
        .then_accepted();
}

#[test]
fn a_state_stored_aggregate_is_looked_at_like_any() {
    given_nothing()
        .when(OpenReview { account_id: alice(), amount: 7 })
        .then_events(ReviewOpened { account_id: alice(), amount: 7 })
        .then_state(|review: &Review| assert_eq!(review.amount, 7))
        .then_version(0);
}
