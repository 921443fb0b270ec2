use std::{path::Path, time::Duration};

use super::{Action, Outcome, Report, Row, STEPS, Step, run};
use crate::failure::Failure;

fn step(name: &'static str, function: fn(&Path) -> Result<(), Failure>) -> Step {
    Step { name, about: "", action: Action::Own(function) }
}

fn passes(_: &Path) -> Result<(), Failure> {
    Ok(())
}

fn fails(_: &Path) -> Result<(), Failure> {
    Err(Failure::new("two violations"))
}

fn row(step: &'static str, outcome: Outcome) -> Row {
    Row { step, outcome }
}

#[test]
fn what_ci_runs() {
    let commands: Vec<_> = STEPS.iter().map(|step| step.command_line(Path::new("."))).collect();
    let expected = [
        "cargo xtask install",
        "cargo fmt --all --check",
        "cargo clippy --workspace --all-targets -- -D warnings",
        "cargo xtask tidy",
        "cargo test --workspace",
        "RUSTDOCFLAGS=\"-D warnings\" cargo doc --workspace --no-deps",
    ];
    assert_eq!(commands, expected);
}

#[test]
fn the_first_failure_ends_the_run() {
    let steps = [step("one", passes), step("two", fails), step("three", passes)];
    let report = run(&steps, Path::new("."));
    let outcomes: Vec<_> = report.rows.iter().map(|row| (row.step, row.outcome.to_string())).collect();
    let expected = [("one", "ok"), ("two", "failed"), ("three", "not run")];
    assert_eq!(outcomes, expected.map(|(step, outcome)| (step, outcome.to_owned())));
    let message = "step `two` failed: two violations\nrepeat just this step with: cargo xtask two";
    assert_eq!(report.into_result(), Err(Failure::new(message)));
}

#[test]
fn a_run_without_failure_passes() {
    let report = run(&[step("one", passes), step("two", passes)], Path::new("."));
    assert_eq!(report.into_result(), Ok(()));
}

#[test]
fn the_summary_is_aligned() {
    let rows = vec![
        row("install", Outcome::Passed(Duration::from_millis(40))),
        row("clippy", Outcome::Failed(Duration::from_millis(12_340), Failure::new("a warning"))),
        row("test", Outcome::NotRun),
    ];
    let expected = "\
step     result   seconds
install  ok           0.0
clippy   failed      12.3
test     not run        -
";
    assert_eq!(Report { rows }.to_string(), expected);
}
