//! Rules over the tokens of a Rust file.

#[cfg(test)]
mod tests;

use super::{RustFile, Violation};

/// Words of a comment that put work off.
const MARKS: [&str; 3] = ["TODO", "FIXME", "XXX"];
/// Macros that put work off.
const PLACEHOLDERS: [&str; 2] = ["todo", "unimplemented"];
/// Functions of std and of async runtimes that let time pass.
const SLEEPS: [&str; 2] = ["sleep", "sleep_until"];

/// What is put off in a file is forgotten there.
pub(crate) fn no_leftovers(file: &RustFile<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (at, token) in file.code.iter().enumerate() {
        if PLACEHOLDERS.contains(&token.text) && file.reads(at + 1, &["!"]) {
            let what = format!("`{}!` is left over", token.text);
            violations.push(Violation::new(file.path, token.line, what, "write what belongs here, or leave it out"));
        }
    }
    for comment in &file.comments {
        for (line, text) in (comment.line..).zip(comment.text.lines()) {
            let mut words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
            if let Some(mark) = words.find(|word| MARKS.contains(word)) {
                let what = format!("`{mark}` is left over");
                violations.push(Violation::new(file.path, line, what, "do it now, or open an issue"));
            }
        }
    }
    violations
}

/// A panic says which belief was wrong; `unwrap` does not.
pub(crate) fn no_unwrap(file: &RustFile<'_>) -> Vec<Violation> {
    if file.path.split('/').any(|part| matches!(part, "benches" | "examples")) {
        return Vec::new();
    }
    let found = file.code.iter().enumerate().filter(|&(at, token)| {
        let called = file.reads(at, &[".", "unwrap", "(", ")"]);
        let named = file.reads(at, &[":", ":", "unwrap"]);
        !token.in_test && (called || named)
    });
    let remedy = "return the error, or say why it cannot fail: `expect(\"..\")`";
    found.map(|(_, token)| Violation::new(file.path, token.line, "`unwrap` outside tests", remedy)).collect()
}

/// A test that does not run proves nothing.
pub(crate) fn no_ignored_tests(file: &RustFile<'_>) -> Vec<Violation> {
    let attributes = file.attributes();
    let found = attributes.iter().filter(|attribute| match attribute.words.as_slice() {
        ["ignore", ..] => true,
        ["cfg_attr", conditional @ ..] => conditional.contains(&"ignore"),
        _ => false,
    });
    found.map(|attribute| Violation::new(file.path, attribute.line, "an ignored test", "mend it or remove it")).collect()
}

/// A sleep is too short on a busy machine and too long on every other.
pub(crate) fn no_sleeping_tests(file: &RustFile<'_>) -> Vec<Violation> {
    let found = file.code.iter().enumerate().filter(|&(at, token)| {
        // A method or a function of that name is somebody's own, not the clock's.
        let own = at > 0 && matches!(file.code[at - 1].text, "." | "fn");
        token.in_test && SLEEPS.contains(&token.text) && !own
    });
    let remedy = "wait for a position or a state, or move a manual clock";
    found.map(|(_, token)| Violation::new(file.path, token.line, "a test sleeps", remedy)).collect()
}
