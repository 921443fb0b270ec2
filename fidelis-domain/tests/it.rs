//! The program as a person calls it.

use std::process::{Command, Output};

fn fidelis_bank(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fidelis-bank")).args(arguments).output().expect("the program was built for this test")
}

#[test]
fn it_plays_the_chapters_and_ends_with_what_was_checked() {
    let Output { status, stdout, stderr } = fidelis_bank(&[]);
    let (told, errors) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{told}");
    for chapter in ["1-3", "4", "5", "6", "7", "15"] {
        assert!(told.contains(&format!("\nChapter {chapter}: ")), "{told}");
    }
    let last = told.lines().last().unwrap_or_default();
    assert!(last.trim_start().starts_with("total") && last.ends_with("all hold"), "{last}");
}

#[test]
fn it_refuses_arguments_in_one_line() {
    let Output { status, stdout, stderr } = fidelis_bank(&["--verbose"]);
    assert_eq!((status.code(), stdout.as_slice()), (Some(2), &b""[..]));
    assert_eq!(
        String::from_utf8(stderr).unwrap(),
        "error: `fidelis-bank` takes no arguments: it plays the bank's chapters and checks what must hold\n"
    );
}
