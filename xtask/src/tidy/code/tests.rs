use super::{no_ignored_tests, no_leftovers, no_sleeping_tests, no_unwrap};
use crate::tidy::{RustFile, Violation};

type Rule = fn(&RustFile<'_>) -> Vec<Violation>;

/// The rule finds violations on exactly these lines.
#[track_caller]
fn check(rule: Rule, path: &str, text: &str, expected: &[usize]) {
    let found: Vec<_> = rule(&RustFile::new(path, text)).iter().map(ToString::to_string).collect();
    let prefixes: Vec<_> = expected.iter().map(|line| format!("{path}:{line}: ")).collect();
    let fits = found.len() == prefixes.len() && found.iter().zip(&prefixes).all(|(found, prefix)| found.starts_with(prefix));
    assert!(fits, "expected lines {expected:?}, found {found:#?}");
}

#[track_caller]
fn message(rule: Rule, path: &str, text: &str, expected: &str) {
    let found: Vec<_> = rule(&RustFile::new(path, text)).iter().map(ToString::to_string).collect();
    assert_eq!(found, [expected]);
}

#[test]
fn placeholders_are_left_over() {
    check(no_leftovers, "src/a.rs", "fn a() { todo!() }\nfn b() {\n    unimplemented! { \"later\" }\n}", &[1, 3]);
    check(no_leftovers, "src/a/tests.rs", "fn a() { todo!() }", &[1]);
    let expected = "src/a.rs:1: `todo!` is left over; write what belongs here, or leave it out";
    message(no_leftovers, "src/a.rs", "fn a() { todo!() }", expected);
}

#[test]
fn marks_in_comments_are_left_over() {
    check(no_leftovers, "src/a.rs", "// TODO later\n/// FIXME: that\n/*\n * and XXX here\n */", &[1, 2, 4]);
    message(no_leftovers, "src/a.rs", "//TODO", "src/a.rs:1: `TODO` is left over; do it now, or open an issue");
}

#[test]
fn words_that_only_look_like_marks_are_not() {
    let text = "// todo lists, MYTODO, TODO_LIST\nconst TODO: &str = \"TODO todo!()\";\nfn todo() { todo() }";
    check(no_leftovers, "src/a.rs", text, &[]);
}

#[test]
fn unwrap_outside_tests() {
    let text = "fn a() {\n    b().unwrap();\n    b()\n        .unwrap( );\n    c.map(Result::unwrap);\n}";
    check(no_unwrap, "src/a.rs", text, &[2, 4, 5]);
    let expected = "src/a.rs:1: `unwrap` outside tests; return the error, or say why it cannot fail: `expect(\"..\")`";
    message(no_unwrap, "src/a.rs", "fn a() { b().unwrap() }", expected);
}

#[test]
fn unwrap_where_it_may_be() {
    let text = "fn a() { b().unwrap() }";
    for path in ["src/a/tests.rs", "tests/it.rs", "core/tests/it/main.rs", "benches/a.rs", "examples/a.rs"] {
        check(no_unwrap, path, text, &[]);
    }
    check(no_unwrap, "src/testing.rs", text, &[1]);
    let near = "/// a.unwrap()\nfn a() { b.unwrap_or(1); b.unwrap_or_default(); \".unwrap()\"; b.unwrap(c) }";
    check(no_unwrap, "src/a.rs", near, &[]);
}

#[test]
fn items_for_tests_are_tests_and_what_follows_is_not() {
    let module = "#[cfg(test)]\nmod tests {\n    fn a() { b[{1}].unwrap() }\n}\nfn c() { d.unwrap() }";
    check(no_unwrap, "src/a.rs", module, &[5]);
    let elsewhere = "#[cfg(test)]\nmod tests;\nfn a() { b.unwrap() }";
    check(no_unwrap, "src/a.rs", elsewhere, &[3]);
    let attributes = "#[cfg(all(test, unix))]\n#[derive(Debug)]\nfn a<A, B>(c: [u8; 2]) -> A { b.unwrap() }";
    check(no_unwrap, "src/a.rs", attributes, &[]);
    let last = "fn a() { b(#[cfg(test)] c).unwrap() }";
    check(no_unwrap, "src/a.rs", last, &[1]);
}

#[test]
fn items_for_all_but_tests_are_no_tests() {
    check(no_unwrap, "src/a.rs", "#[cfg(not(test))]\nfn a() { b.unwrap() }", &[2]);
    check(no_unwrap, "src/a.rs", "#[cfg(feature = \"test\")]\nfn a() { b.unwrap() }", &[2]);
}

#[test]
fn ignored_tests() {
    let text = "#[test]\n#[ignore]\nfn a() {}\n#[test]\n#[ignore = \"slow\"]\nfn b() {}\n#[cfg_attr(windows, ignore)]\nfn c() {}";
    check(no_ignored_tests, "tests/it.rs", text, &[2, 5, 7]);
    let expected = "tests/it.rs:1: an ignored test; mend it or remove it";
    message(no_ignored_tests, "tests/it.rs", "#[ignore] fn a() {}", expected);
}

#[test]
fn ignore_as_another_word() {
    let text = "// #[ignore]\n#[rule(ignore)]\n#[doc = \"#[ignore]\"]\n#[test]\nfn ignore() { ignore() }";
    check(no_ignored_tests, "tests/it.rs", text, &[]);
}

#[test]
fn sleeping_tests() {
    let text =
        "use std::thread::{sleep, spawn};\nfn a() {\n    std::thread::sleep(b);\n    tokio::time::sleep_until(b).await;\n}";
    check(no_sleeping_tests, "tests/it.rs", text, &[1, 3, 4]);
    check(no_sleeping_tests, "src/a/tests.rs", "fn a() { thread::sleep(b) }", &[1]);
    check(no_sleeping_tests, "src/a.rs", "fn a() { thread::sleep(b) }\n#[cfg(test)]\nfn b() { thread::sleep(c) }", &[3]);
    let expected = "tests/it.rs:1: a test sleeps; wait for a position or a state, or move a manual clock";
    message(no_sleeping_tests, "tests/it.rs", "fn a() { time::sleep(b) }", expected);
}

#[test]
fn sleep_as_another_word() {
    let text = "// thread::sleep\nfn sleep() { \"thread::sleep\"; cat.sleep(); asleep() }";
    check(no_sleeping_tests, "tests/it.rs", text, &[]);
}

#[test]
fn lines_are_counted_through_strings_and_comments() {
    let text = "const A: &str = \"\n\n\";\n/* \n */ fn a() { 'b'; r#\"\n\"#; b.unwrap() }";
    check(no_unwrap, "src/a.rs", text, &[6]);
}
