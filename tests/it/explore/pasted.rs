//! The test that a violation is printed as is one: pasted here, it compiles, and fails while the mistake is there.

use std::panic::catch_unwind;

use super::{
    bugs::{Bug, found, with},
    properties::one_transfer,
};

/// As somebody would have it in the module of his own tests.
mod in_a_module {
    use fidelis::explore::{explore, id, json};

    use super::super::{bank::*, domain, properties::no_money_is_made};

    pub(super) fn run() {
        violated_no_money_is_made();
    }

    include!("pasted.in");
}

#[test]
fn a_violation_is_printed_as_a_test() {
    let violation = with(Bug::RefundWhileInFlight, || found(one_transfer()));
    let printed = violation.test.strip_prefix("#[test]\n").expect("it is a test");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/explore/pasted.in"), printed).unwrap();
    }
    assert_eq!(printed, include_str!("pasted.in").trim_end());
}

#[test]
fn the_pasted_test_fails_while_the_mistake_is_there() {
    let failed = with(Bug::RefundWhileInFlight, || catch_unwind(in_a_module::run).unwrap_err());
    let text = failed.downcast_ref::<String>().unwrap();
    assert!(text.starts_with("not so, after step"), "{text}");
    assert!(text.ends_with("no money is made (17 in the accounts)"), "{text}");
}

/// When the mistake is gone, so is what it led to: the test has done its work, and says so.
#[test]
fn the_pasted_test_says_that_its_way_is_gone() {
    let failed = catch_unwind(in_a_module::run).unwrap_err();
    let text = failed.downcast_ref::<String>().unwrap();
    assert!(text.contains("cannot happen:") && text.contains("what can"), "{text}");
}
