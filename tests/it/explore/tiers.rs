//! What is left out of an exploration makes no difference: its ends are those of longer ones that leave nothing out.

use std::collections::BTreeSet;

use fidelis::explore::{Exploration, Sabotage};

use super::{
    bank::Close,
    bugs::{Bug, with},
    properties::{accounts, alice, bob, transfer_of},
};

fn ends(exploration: Exploration) -> BTreeSet<u128> {
    let report = exploration.report().unwrap();
    assert!(report.holds(), "{report}");
    report.outcomes
}

/// A story to be told in several ways.
type Story = fn() -> Exploration;

fn one() -> Exploration {
    accounts().when([transfer_of(7)])
}

fn one_into_a_closing_account() -> Exploration {
    accounts().when([transfer_of(7)]).when([Close { account: bob() }])
}

fn one_out_of_a_closing_account() -> Exploration {
    accounts().when([transfer_of(10)]).when([Close { account: alice() }])
}

fn two() -> Exploration {
    accounts().when([transfer_of(7), transfer_of(6)])
}

#[test]
fn orders_that_make_no_difference_can_be_left_out() {
    for story in [one as Story, one_into_a_closing_account, one_out_of_a_closing_account] {
        for (duplicates, timers) in [(0, 0), (0, 1), (1, 0)] {
            let story = || story().duplicates(duplicates).early_timers(timers);
            assert_eq!(ends(story()), ends(story().unreduced()));
        }
    }
    assert_eq!(ends(two().duplicates(0).early_timers(0)), ends(two().duplicates(0).early_timers(0).unreduced()));
}

/// Engines that hold their commits while others go on, are gone with them or make them twice: the ends are the same.
#[test]
fn what_is_held_too_long_has_no_effect() {
    for (story, timers) in [(one as Story, 1), (one_into_a_closing_account, 0), (one_out_of_a_closing_account, 0)] {
        let story = || story().early_timers(timers);
        let fused = ends(story().duplicates(0));
        assert_eq!(fused, ends(story().duplicates(0).engines(2, 0)));
        assert_eq!(fused, ends(story().duplicates(1).engines(2, 1)));
    }
}

/// The same for a bank that makes mistakes.
#[test]
fn mistakes_have_the_same_ends_with_one_engine_and_with_two() {
    for bug in [Bug::RefundWhileInFlight, Bug::CompletesTooEarly, Bug::CreditFirst, Bug::StateWrittenAfterDispatch] {
        with(bug, || {
            let story = || one_into_a_closing_account().duplicates(0).early_timers(1);
            assert_eq!(ends(story()), ends(story().engines(2, 0)), "{bug:?}");
        });
    }
}

/// If answers to commands were not stored, one that comes again would be carried out again, for ever.
#[test]
fn without_stored_answers_nothing_ends() {
    let report = super::properties::one_transfer().sabotaged(Sabotage::AnswersForgotten).report().unwrap();
    assert!(!report.holds() && report.ends == 0, "{report}");
    assert!(report.to_string().contains("something goes on for ever"), "{report}");
}

/// If versions were not compared, two engines would spend the same money: only engines that hold commits can show that.
#[test]
fn without_versions_two_engines_spend_the_same_money() {
    let story = || two().early_timers(0).duplicates(0).sabotaged(Sabotage::VersionsIgnored);
    assert!(story().report().unwrap().holds());
    let two_engines = story().engines(2, 0).report();
    let error = two_engines.expect_err("an account with less than nothing in it cannot be read").to_string();
    assert!(error.contains("insufficient funds"), "{error}");
}
