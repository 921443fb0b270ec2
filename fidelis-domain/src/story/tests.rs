//! The story holds, is told the same each time, and says when something fails.

use std::io::{self, Write};

use fidelis::Error;
use fidelis_domain::{account::MakeDeposit, money::dollars};

use super::{chapter, checks::Checks, scene::Scene, tell};

fn told() -> (bool, String) {
    let mut out = Vec::new();
    let holds = tell(&mut out).unwrap();
    (holds, String::from_utf8(out).unwrap())
}

#[test]
fn everything_in_the_story_holds() {
    let (holds, text) = told();
    assert!(holds, "{text}");
    assert!(text.ends_with("all hold\n"), "{text}");
}

#[test]
fn the_story_is_the_same_each_time() {
    assert_eq!(told(), told());
}

#[test]
fn what_fails_is_told_counted_and_listed() {
    let (text, checks) = played(async |scene| {
        scene.check("one is one", 1, 1);
        scene.check("one is two", 1, 2);
        Ok(())
    });
    assert!(text.contains("     ok  one is one\n FAILED  one is two: expected 2, found 1\n"), "{text}");
    assert!(!checks.all_hold());
    let summary = checks.to_string();
    assert!(summary.contains("      1  first       2  1 failed\n"), "{summary}");
    assert!(summary.ends_with("failed in chapter 1: one is two: expected 2, found 1\n"), "{summary}");
}

#[test]
fn a_command_that_is_not_rejected_in_the_expected_words_is_a_failure() {
    let (text, checks) = played(async |scene| {
        let account_id = scene.alice_opens(dollars(100)).await?;
        scene.rejected(MakeDeposit { account_id, amount: dollars(-1), reference: None }, "{amount: [Something else]}").await?;
        scene.rejected(MakeDeposit { account_id, amount: dollars(1), reference: None }, "{amount: [Something else]}").await
    });
    assert!(text.contains("deposit -1.00 -> rejected\n FAILED"), "{text}");
    assert!(text.contains("deposit 1.00 -> accepted\n FAILED"), "{text}");
    assert!(!checks.all_hold());
}

#[test]
fn a_chapter_that_breaks_off_is_a_failure_with_its_causes() {
    let cause = io::Error::other(Error::not_found("there is no wire"));
    let (text, checks) = played(async |_| Err(Error::unavailable("the store is away", cause)));
    assert!(text.contains(" FAILED  the chapter broke off: the store is away: there is no wire\n"), "{text}");
    assert!(!checks.all_hold());
}

fn played(play: impl AsyncFnOnce(&mut Scene<'_>) -> Result<(), Error>) -> (String, Checks) {
    let (mut out, mut checks) = (Vec::new(), Checks::default());
    fidelis::block_on(chapter(&mut out, &mut checks, "1", "first", play)).unwrap();
    (String::from_utf8(out).unwrap(), checks)
}

#[test]
fn a_reader_who_goes_away_is_an_error() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = tell(&mut Gone).unwrap_err();
    assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::BrokenPipe);
}
