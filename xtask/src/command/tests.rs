use std::{
    path::Path,
    process::{Command, Stdio},
};

use super::{cargo, line, read, run};

fn quiet_cargo(argument: &str) -> Command {
    let mut command = cargo(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.arg(argument).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn cargo_to_read(argument: &str) -> Command {
    let mut command = cargo(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.arg(argument);
    command
}

#[test]
fn success() {
    assert_eq!(run(quiet_cargo("--version")), Ok(()));
    let version = read(cargo_to_read("--version")).expect("cargo knows its version");
    assert!(version.starts_with("cargo "), "{version}");
}

#[test]
fn no_success() {
    let failure = run(quiet_cargo("--no-such-option")).expect_err("cargo has no such option").to_string();
    assert!(failure.starts_with("`cargo --no-such-option` ended with exit status: "), "{failure}");
    let with_reason = read(cargo_to_read("--no-such-option")).expect_err("cargo has no such option").to_string();
    let reason = with_reason.strip_prefix(&failure).expect("both tell how it ended");
    assert!(reason.contains("--no-such-option"), "{with_reason}");
}

#[test]
fn no_start() {
    let failure = run(Command::new("/bin/no-program-has-this-name")).expect_err("there is no such program");
    let failure = failure.to_string();
    assert!(failure.starts_with("`no-program-has-this-name` cannot be started: "), "{failure}");
}

#[test]
fn a_call_reads_as_a_person_would_type_it() {
    let mut command = Command::new("/usr/bin/cargo");
    command.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--no-deps"]);
    assert_eq!(line(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
}
