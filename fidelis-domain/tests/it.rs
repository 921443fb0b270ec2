//! The program as a person calls it.

use std::{
    path::Path,
    process::{Command, Output},
};

/// Calls the program in a folder of its own, with nothing in the environment that would change what it does.
fn fidelis_bank(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fidelis-bank"));
    command.current_dir(folder).env_remove("FIDELIS_DATABASE").args(arguments);
    command.output().expect("the program was built for this test")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("it writes text")
}

/// Calls it and gives what it told, when all went well.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = fidelis_bank(folder, arguments);
    let (told, errors) = (text(stdout), text(stderr));
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{told}");
    told
}

fn plays_every_chapter(told: &str) {
    for chapter in ["1-3", "4", "5", "6", "7", "15"] {
        assert!(told.contains(&format!("\nChapter {chapter}: ")), "{told}");
    }
    let total = told.lines().find(|line| line.trim_start().starts_with("total")).unwrap_or_default();
    assert!(total.ends_with("all hold"), "{told}");
}

#[test]
fn it_plays_the_chapters_and_ends_with_what_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--database", "memory"][..], &["play", "--database", "memory"]] {
        plays_every_chapter(&told(folder.path(), arguments));
    }
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_with_the_place_and_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.toml"), "datbase = \"memory\"\n").unwrap();
    for (arguments, code, words) in [
        (&["--verbose"][..], 64, ["'--verbose'", "--help"]),
        (&["--database", "bank.db"], 64, ["`bank.db` is no URL", "`sqlite:..`"]),
        (&["--database", "mysql://db/bank"], 64, ["`mysql://db/bank`", "`postgres://..`"]),
        (&["--config", "wrong.toml"], 78, ["`wrong.toml`: line 1", "there is `database`"]),
        (&["--config", "gone.toml"], 66, ["`gone.toml`", "cannot be read"]),
    ] {
        let Output { status, stdout, stderr } = fidelis_bank(folder.path(), arguments);
        let said = text(stderr);
        assert_eq!((status.code(), stdout.as_slice()), (Some(code), &b""[..]), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
