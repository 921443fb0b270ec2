use super::{Allowed, LIMIT, nothing_barred_below, one_version_each, parse, stays_small};
use crate::tidy::Violation;

const LISTING: &str = "\
fidelis v0.1.0 (/somewhere/else)
garde v0.23.0
garde_derive v0.23.0 (proc-macro)
syn v2.0.119
serde v1.0.229
serde_derive v1.0.229 (proc-macro)
syn v3.0.9
serde v1.0.229 (*)
";

#[track_caller]
fn check(found: impl IntoIterator<Item = Violation>, expected: &[&str]) {
    let found: Vec<_> = found.into_iter().map(|violation| violation.to_string()).collect();
    assert_eq!(found, expected);
}

fn allow(name: &'static str, version: &'static str) -> Allowed {
    Allowed { name, version, why: "garde waits" }
}

#[test]
fn a_crate_asked_for_twice_is_there_once() {
    let tree = parse(LISTING);
    let syn: Vec<_> = tree["syn"].iter().copied().collect();
    assert_eq!(tree.keys().copied().collect::<Vec<_>>(), ["fidelis", "garde", "garde_derive", "serde", "serde_derive", "syn"]);
    assert_eq!(syn, ["2.0.119", "3.0.9"]);
    assert_eq!(tree["serde"].len(), 1);
}

#[test]
fn the_tree_stays_small() {
    let listing = |crates: usize| (0..crates).map(|index| format!("crate-{} v{}.0.0\n", index / 2, index)).collect::<String>();
    check(stays_small(&parse(&listing(LIMIT - 1))), &[]);
    let expected =
        "Cargo.lock:1: `fidelis` brings 150 crates by default, 150 is too many; put what not everybody needs behind a feature";
    check(stays_small(&parse(&listing(LIMIT))), &[expected]);
}

#[test]
fn a_second_version_needs_to_be_allowed() {
    let who = "`cargo tree -e normal -p fidelis --duplicates` tells who asks";
    let remedy = format!("make it one ({who}), or allow it in xtask/src/tidy/tree.rs");
    let expected = format!("Cargo.lock:1: `syn` comes in versions 2.0.119 and 3.0.9; {remedy}");
    check(one_version_each(&parse(LISTING), &[]), &[&expected]);
    check(one_version_each(&parse(LISTING), &[allow("syn", "2")]), &[]);
    check(one_version_each(&parse(LISTING), &[allow("syn", "2.0.119")]), &[]);
}

#[test]
fn a_third_version_needs_to_be_allowed_too() {
    let listing = format!("{LISTING}syn v1.0.109\n");
    assert_eq!(one_version_each(&parse(&listing), &[allow("syn", "2")]).len(), 1);
    check(one_version_each(&parse(&listing), &[allow("syn", "2"), allow("syn", "1")]), &[]);
}

#[test]
fn nothing_is_allowed_that_is_not_there() {
    let stale = |entry: &str| {
        let remedy = "do not allow it any longer (the reason was: garde waits)";
        format!("xtask/src/tidy/tree.rs:1: `{entry}` is no second version any more; {remedy}")
    };
    let only_new = LISTING.replace("syn v2.0.119\n", "");
    check(one_version_each(&parse(&only_new), &[allow("syn", "2")]), &[&stale("syn 2")]);
    check(one_version_each(&parse(&only_new), &[allow("syn", "3")]), &[&stale("syn 3")]);
    check(one_version_each(&parse(LISTING), &[allow("syn", "2"), allow("rand", "0.9")]), &[&stale("rand 0.9")]);
    // Version 20 is not version 2.
    let twenty = LISTING.replace("syn v2.0.119\n", "syn v20.0.0\n");
    assert_eq!(one_version_each(&parse(&twenty), &[allow("syn", "2")]).len(), 2);
}

#[test]
fn what_is_barred_must_not_come_through_another_crate() {
    let listing = "fidelis-core v0.1.0 (/somewhere)\npool v1.0.0\ntokio v1.50.0\ntokio-util v0.7.0\n";
    let who = "`cargo tree -e normal -p fidelis-core -i tokio` tells which";
    let what = "`fidelis-core` gets `tokio` through one of its dependencies";
    let expected = format!("Cargo.lock:1: {what}; do without it ({who})");
    check(nothing_barred_below("fidelis-core", &parse(listing), &["axum", "tokio"]), &[&expected]);
    check(nothing_barred_below("fidelis-core", &parse(LISTING), &["axum", "tokio"]), &[]);
}
