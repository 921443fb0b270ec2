//! How an exploration ends that cannot go to its end, and what it says on the way.

use std::{cell::Cell, panic::catch_unwind, rc::Rc};

use super::{
    bugs::{Bug, found, with},
    properties::{accounts, one_transfer, transfer_of, two_transfers},
};

#[test]
fn more_worlds_than_it_is_to_look_at_are_no_success() {
    let report = two_transfers().at_most(100).report().unwrap();
    assert!(!report.holds() && !report.complete, "{report}");
    assert!(report.to_string().contains("say `.at_most(..)`"), "{report}");
    let failed = catch_unwind(|| two_transfers().at_most(100).run()).unwrap_err();
    assert!(failed.downcast_ref::<String>().unwrap().starts_with("100 worlds by"));
}

#[test]
fn the_same_is_found_every_time_and_progress_is_told() {
    let told = Rc::new(Cell::new(0));
    let counted = Rc::clone(&told);
    let one = one_transfer().duplicates(2).failures(2).progress(move |progress| counted.set(progress.worlds)).report().unwrap();
    let other = one_transfer().duplicates(2).failures(2).report().unwrap();
    assert_eq!((one.worlds, one.steps, one.ends, one.deepest), (other.worlds, other.steps, other.ends, other.deepest));
    assert_eq!((&one.outcomes, &one.unreached), (&other.outcomes, &other.unreached));
    assert!(one.worlds > 1_000 && told.get() == one.worlds / 1_000 * 1_000, "{one:?}");
}

#[test]
fn what_is_to_happen_somewhere_and_does_not_is_no_success() {
    let report = one_transfer().sometimes("pigs fly", |_| false).report().unwrap();
    assert!(!report.holds() && report.never == ["pigs fly"], "{report}");
    assert!(report.to_string().starts_with("nowhere: pigs fly"), "{report}");
}

#[test]
fn a_handler_that_waits_for_something_outside_cannot_be_explored() {
    let error = with(Bug::WaitsForTheWorld, || one_transfer().report().unwrap_err()).to_string();
    assert!(error.contains("give the domain a double"), "{error}");
}

#[test]
fn a_step_that_panics_is_set_aside_and_the_trace_says_so() {
    let violation = with(Bug::Panics, || found(one_transfer()));
    assert_eq!(violation.property, "no money is missing", "{violation}");
    assert!(
        violation.trace.iter().any(|line| line.contains("set aside (") && line.contains("nobody has thought of this")),
        "{violation}"
    );
}

#[test]
fn assertions_are_properties_too() {
    let violation = found(accounts().when([transfer_of(7)]).always("nothing happens", |world| {
        assert_eq!(world.log().len(), 2, "something has happened");
    }));
    assert!(violation.why.contains("something has happened"), "{violation}");
    assert_eq!(violation.trace.len(), 1, "{violation}");
    assert!(violation.test.contains("the closure stands where the exploration does"), "{violation}");
}

#[test]
fn a_domain_with_faults_is_not_explored() {
    mod nothing {
        fidelis::domain!("nothing");
    }
    let error = fidelis::explore::explore(nothing::domain()).report().unwrap_err();
    assert!(error.to_string().contains("has no aggregate"), "{error}");
}
