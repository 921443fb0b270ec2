//! Rules over a file as a whole: its name and its length.

#[cfg(test)]
mod tests;

use super::Violation;

/// Lines a file of code may have.
const CODE: usize = 400;
/// Lines a file of tests, benchmarks or snapshots may have: cases are read one by one, so a long list of them is no burden.
const CASES: usize = 800;
/// Names that say nothing about what a file holds, and so come to hold everything.
const CATCH_ALL: [&str; 4] = ["utils.rs", "helpers.rs", "common.rs", "misc.rs"];

/// A file past the limit holds two subjects.
pub(crate) fn one_subject(path: &str, text: &str) -> Option<Violation> {
    let limit = if holds_cases(path) { CASES } else { CODE };
    let lines = text.lines().count();
    let what = format!("the file has {lines} lines, {limit} is the limit");
    (lines > limit).then(|| Violation::new(path, limit + 1, what, "split it by subject"))
}

/// A module is named after its folder: `aggregate.rs` beside `aggregate/`, so that every open file says what it is.
pub(crate) fn no_mod_rs(path: &str) -> Option<Violation> {
    let folder = path.strip_suffix("/mod.rs")?;
    Some(Violation::new(path, 1, "`mod.rs` does not say which module it is", format!("move it to `{folder}.rs`")))
}

/// A file is named after its one subject.
pub(crate) fn no_catch_all_name(path: &str) -> Option<Violation> {
    let name = file_name(path);
    let what = format!("`{name}` names no subject");
    CATCH_ALL.contains(&name).then(|| Violation::new(path, 1, what, "name it after what it holds"))
}

fn holds_cases(path: &str) -> bool {
    file_name(path) == "tests.rs" || path.split('/').any(|part| matches!(part, "tests" | "benches" | "snapshots"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
