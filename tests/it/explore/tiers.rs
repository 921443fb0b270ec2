//! What is left out of an exploration makes no difference: its ends are those of longer ones that leave nothing out.

use std::collections::BTreeSet;

use fidelis::explore::{Exploration, Sabotage};

use super::{
    bank::Close,
    bugs::{Bug, with},
    properties::{accounts, alice, bob, one_transfer, one_without_a_key, transfer_of},
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
        assert_eq!(fused, ends(story().duplicates(1)));
        assert_eq!(fused, ends(story().duplicates(0).engines(2, 0)));
        assert_eq!(fused, ends(story().duplicates(1).engines(2, 1)));
    }
}

/// A message that comes once more is no news to whoever notes what it has taken in: were that not stored, its process would make the
/// same step again, with engines that hold their commits as without.
#[test]
fn what_comes_twice_is_taken_in_twice_where_nobody_notes_what_has_come() {
    let forgetful = |duplicates| {
        let exploration = one_transfer().early_timers(0).duplicates(duplicates).sabotaged(Sabotage::TakenInForgotten);
        exploration.always("nothing is written twice", |world| {
            let log = world.log();
            log.iter().map(|record| record.metadata.id).collect::<BTreeSet<_>>().len() == log.len()
        })
    };
    for engines in [None, Some(1), Some(2)] {
        let story = |duplicates| match engines {
            None => forgetful(duplicates),
            Some(engines) => forgetful(duplicates).engines(engines, 0),
        };
        let once = story(0).report().unwrap();
        assert!(once.holds(), "{once}");
        let twice = story(1).report().unwrap();
        let violation = twice.violation.unwrap_or_else(|| panic!("{engines:?}: nothing was found"));
        assert_eq!(violation.property, "nothing is written twice");
        assert!(violation.trace.iter().any(|line| line.ends_with("is given its last message once more")), "{violation}");
    }
}

/// A command without a key that is sent once more is another command, also where engines hold their commits.
#[test]
fn a_command_that_comes_twice_is_found_with_two_engines() {
    let report = one_without_a_key().early_timers(0).engines(2, 0).report().unwrap();
    assert_eq!(report.violation.map(|violation| violation.property), Some("nothing is moved twice"));
    assert!(one_without_a_key().early_timers(0).duplicates(0).engines(2, 0).report().unwrap().holds());
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
    let report = one_transfer().sabotaged(Sabotage::AnswersForgotten).report().unwrap();
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
