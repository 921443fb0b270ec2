//! The program as a person calls it.

// What a test leaves out it says, and what it sets up it knows.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod moving;

use std::{
    path::Path,
    process::{Command, Output},
};

use fidelis_test_servers::{Postgres, ServerError};

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
    for chapter in ["1-3", "4", "5", "6", "7", "9", "15"] {
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

/// The default: a file in the current folder, which a second run adds to.
#[test]
fn it_plays_again_and_again_on_one_file_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let told = told(folder.path(), &[]);
        plays_every_chapter(&told);
        assert!(told.starts_with("The bank keeps its log in sqlite:fidelis-bank.db."), "{told}");
        assert!(told.contains("\n  sqlite3 fidelis-bank.db 'select * from account_summary'\n"), "{told}");
    }
    let ready = told(folder.path(), &["migrate"]);
    assert!(ready.starts_with("sqlite:fidelis-bank.db is ready; its log ends at "), "{ready}");
    let again = told(folder.path(), &["rebuild", "account_summary"]);
    assert!(again.starts_with("`account_summary` is made again, from "), "{again}");
}

/// The same story on a server, which this test starts if the machine has one; and what its owner lets the program do.
#[test]
fn it_plays_on_postgres() {
    let server = match Postgres::start(&[]) {
        Err(ServerError::NotInstalled { .. }) => return println!("left out: PostgreSQL is not installed"),
        server => server.expect("a server starts"),
    };
    let url = server.url();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        plays_every_chapter(&told(folder.path(), &["--database", &url]));
    }
    let grants = told(folder.path(), &["grants", "teller", "--database", &url]);
    let psql = |database: &[&str]| server.run(server.program("psql").args(database)).map(|_| ());
    psql(&["-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", "CREATE ROLE teller LOGIN", "-c", &grants]).unwrap();
    let as_teller = url.replace("postgres@", "teller@");
    plays_every_chapter(&told(folder.path(), &["--database", &as_teller]));
    drop(server);
    let Output { status, stderr, .. } = fidelis_bank(folder.path(), &["--database", &format!("{url}?retry_for=0s")]);
    let said = text(stderr);
    assert_eq!(status.code(), Some(69), "{said}");
    assert!(said.starts_with("error: ") && said.contains("127.0.0.1"), "{said}");
}

/// The same program, the same story; where the log is, is said once, and the nearest word counts.
#[test]
fn flag_environment_and_file_say_where_the_log_is() {
    let folder = tempfile::tempdir().unwrap();
    let exists = |name: &str| folder.path().join(name).exists();
    std::fs::write(folder.path().join("fidelis.toml"), "database = \"sqlite:file.db\"\n").unwrap();
    plays_every_chapter(&told(folder.path(), &[]));
    assert!(exists("file.db") && !exists("fidelis-bank.db"));
    let in_environment = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fidelis-bank"));
        command.current_dir(folder.path()).env("FIDELIS_DATABASE", "sqlite:environment.db");
        command
    };
    assert!(in_environment().arg("migrate").output().unwrap().status.success());
    assert!(exists("environment.db"));
    assert!(in_environment().args(["migrate", "--database", "sqlite:flag.db"]).output().unwrap().status.success());
    assert!(exists("flag.db"));
}

#[test]
fn what_cannot_be_done_is_said_in_one_line_with_the_place_and_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wrong.toml"), "datbase = \"memory\"\n").unwrap();
    for (arguments, code, words) in [
        (&["--verbose"][..], 64, ["'--verbose'", "--help"]),
        (&["--database", "bank.db"], 64, ["`bank.db` is no URL", "`sqlite:..`"]),
        (&["--database", "mysql://db/bank"], 64, ["`mysql://db/bank`", "`postgres://..`"]),
        (&["rebuild", "acount_summary", "--database", "memory"], 64, ["`acount_summary`", "`account_summary`"]),
        (&["grants", "teller", "--database", "memory"], 64, ["`memory` has no accounts", "`--database`"]),
        (&["--config", "wrong.toml"], 78, ["`wrong.toml`: line 1", "there is `database`"]),
        (&["--config", "gone.toml"], 66, ["`gone.toml`", "cannot be read"]),
        (&["--database", "sqlite:no/folder/bank.db"], 66, ["`no/folder`", "make it first"]),
        (&["--database", "sqlite:wrong.toml"], 64, ["`wrong.toml`", ""]),
        (&["--database", "sqlite:bank.db?durabilty=full"], 64, ["durabilty", ""]),
    ] {
        let Output { status, stdout, stderr } = fidelis_bank(folder.path(), arguments);
        let said = text(stderr);
        assert_eq!((status.code(), stdout.as_slice()), (Some(code), &b""[..]), "{arguments:?}: {said}");
        assert!(said.starts_with("error: ") && words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(said.trim_end().lines().count(), if words[1] == "--help" { 5 } else { 1 }, "{arguments:?}: {said}");
    }
}
