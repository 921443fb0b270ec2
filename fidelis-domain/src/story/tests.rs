//! The story holds, is told the same each time, and says when something fails.

use std::io::{self, Write};

use std::sync::Arc;

use fidelis::{Error, MemoryStore};
use fidelis_domain::{account::MakeDeposit, money::dollars};

use super::{Stage, chapter, checks::Checks, scene::Scene, tell};

fn passing() -> Stage {
    Stage::passing(Arc::new(MemoryStore::default()))
}

fn told() -> (bool, String) {
    let mut out = Vec::new();
    let holds = fidelis::block_on(tell(&mut out, &passing())).unwrap();
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

/// What the tellings before have left, and what one of them left undone, is none of the next one's.
#[test]
fn the_story_holds_again_and_again_on_the_same_log() {
    let store = Arc::new(MemoryStore::default());
    fidelis::block_on(async {
        let mut heads = Vec::new();
        for _ in 0..3 {
            let mut out = Vec::new();
            let stage = Stage::lasting(Arc::clone(&store) as _).await.unwrap();
            assert!(tell(&mut out, &stage).await.unwrap(), "{}", String::from_utf8_lossy(&out));
            heads.push(fidelis::Store::head(&*store).await.unwrap());
            interrupted(&stage).await;
        }
        assert!(heads.is_sorted_by(|before, after| before < after), "{heads:?}");
    });
}

/// A chapter that is given up while compliance is on strike: a message is left parked.
async fn interrupted(stage: &Stage) {
    let mut checks = Checks::default();
    let mut scene = Scene::open(stage, &mut checks).await.unwrap();
    let account_id = scene.alice_opens(dollars(100)).await.unwrap();
    scene.alerts.strike(true);
    let receipt = scene.processed(MakeDeposit { account_id, amount: dollars(20_000), reference: None }).await.unwrap();
    assert_eq!(receipt.lagging.len(), 1);
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
    fidelis::block_on(chapter(&mut out, &passing(), &mut checks, "1", "first", play)).unwrap();
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
    let error = fidelis::block_on(tell(&mut Gone, &passing())).unwrap_err();
    assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::BrokenPipe);
}
