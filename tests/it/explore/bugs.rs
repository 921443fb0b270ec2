//! The mistakes that are made with transfers, one by one: each is found within the bounds that hold unless something else is said.

use std::cell::Cell;

use fidelis::explore::{Exploration, Violation};

use super::properties::{into_a_closing_account, one_transfer, one_without_a_key, two_transfers};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bug {
    WrongCorrelation,
    StateWrittenAfterDispatch,
    CreditFirst,
    CompletesTooEarly,
    KeepMissing,
    RefusalIgnored,
    GivesBackWhatWasNotTaken,
    UndoneInTheWrongOrder,
    RefundWhileInFlight,
    SentAgain,
    CompensationMissing,
    /// Not a mistake about money: it cannot be explored.
    WaitsForTheWorld,
    /// A step that panics.
    Panics,
}

thread_local! {
    /// The mistake that the bank makes in this test: what is explored runs on the thread of the test.
    static BUG: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Whether the bank makes this mistake.
pub(crate) fn has(bug: Bug) -> bool {
    BUG.get() == Some(bug)
}

/// Does something with a bank that makes a mistake.
pub(super) fn with<T>(bug: Bug, act: impl FnOnce() -> T) -> T {
    BUG.set(Some(bug));
    let done = act();
    BUG.set(None);
    done
}

pub(super) fn found(exploration: Exploration) -> Violation {
    let report = exploration.report().unwrap();
    report.violation.unwrap_or_else(|| panic!("nothing was found in {} worlds", report.worlds))
}

fn finds(bug: Bug, exploration: Exploration, property: &str) {
    let violation = with(bug, || found(exploration));
    assert_eq!(violation.property, property, "{violation}");
}

#[test]
fn a_command_without_a_key_that_comes_twice() {
    assert_eq!(found(one_without_a_key()).property, "nothing is moved twice");
}

#[test]
fn the_account_instead_of_the_transfer_tells_processes_apart() {
    finds(Bug::WrongCorrelation, two_transfers(), "every transfer ends");
}

#[test]
fn what_was_done_is_noted_after_it_is_done() {
    finds(Bug::StateWrittenAfterDispatch, two_transfers(), "no money is missing");
}

#[test]
fn the_money_arrives_before_it_is_taken() {
    finds(Bug::CreditFirst, two_transfers(), "no money is made");
}

#[test]
fn completed_before_the_money_has_arrived() {
    finds(Bug::CompletesTooEarly, into_a_closing_account(), "what is completed has arrived");
}

/// The one that needs more: the money has arrived, time is over, and noting that it has arrived fails at that moment.
#[test]
fn what_has_arrived_is_taken_back_by_a_timer() {
    finds(Bug::KeepMissing, one_transfer().failures(1), "no money is made");
}

#[test]
fn nobody_minds_a_refusal() {
    finds(Bug::RefusalIgnored, two_transfers(), "every transfer ends");
}

#[test]
fn what_was_refused_is_given_back() {
    finds(Bug::GivesBackWhatWasNotTaken, two_transfers(), "no money is made");
}

#[test]
fn failed_before_the_money_is_back() {
    finds(Bug::UndoneInTheWrongOrder, into_a_closing_account(), "what has failed is back");
}

#[test]
fn given_back_because_it_takes_long_while_it_is_on_its_way() {
    finds(Bug::RefundWhileInFlight, two_transfers(), "no money is made");
}

#[test]
fn sent_again_because_it_takes_long() {
    finds(Bug::SentAgain, two_transfers(), "no money is made");
}

#[test]
fn nothing_is_given_back() {
    finds(Bug::CompensationMissing, into_a_closing_account(), "what has failed is back");
}
