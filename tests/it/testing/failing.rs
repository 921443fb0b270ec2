//! Runs tests that fail, and keeps what they say.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Where the last panic of this thread was, while somebody wants to know.
    static PLACE: RefCell<Option<Option<(String, u32)>>> = const { RefCell::new(None) };
}

/// Checks that a test fails, at the line of this call or below it in the same file, and what it says.
#[track_caller]
pub(super) fn assert_fails(test: impl FnOnce(), says: &str) {
    let here = panic::Location::caller();
    let (text, file, line) = failure_of(test);
    let (text, says) = (without_lines(&text), without_indent(says));
    assert!(text == says, "the test says\n\n{text}\n\nand should say\n\n{says}\n");
    assert_eq!(file, here.file(), "the place is that of the test");
    assert!((here.line()..here.line() + 12).contains(&line), "the place is that of the test, not line {line}");
}

fn failure_of(test: impl FnOnce()) -> (String, String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let kept = PLACE.with_borrow_mut(|place| {
                place.as_mut().map(|place| *place = info.location().map(|at| (at.file().to_owned(), at.line())))
            });
            if kept.is_none() {
                usual(info);
            }
        }));
    });
    PLACE.set(Some(None));
    let failed = panic::catch_unwind(AssertUnwindSafe(test));
    let place = PLACE.take().flatten();
    let panic = failed.expect_err("the test should have failed");
    let text = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "no text".to_owned());
    let (file, line) = place.expect("a panic has a place");
    (text, file, line)
}

/// The lines of a literal, as they would stand at the left margin.
fn without_indent(text: &str) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let indent = text.lines().filter(|line| !line.trim().is_empty()).map(|line| indent(&line)).min().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(|line| line.get(indent..).unwrap_or_default()).collect();
    lines.join("\n").trim().to_owned()
}

/// Places in a text without line and column, which change with every edit.
fn without_lines(text: &str) -> String {
    let mut places = text.split(".rs:");
    let first = places.next().unwrap_or_default().to_owned();
    places.fold(first, |text, rest| {
        let rest = rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == ':');
        format!("{text}.rs{rest}")
    })
}
