//! Settlements: what a command was answered, found again under its key.

use std::thread;

use super::{
    Harness,
    material::{BALANCES, balance, contents, log, open, texts},
    write::Write,
};
use crate::{
    ErrorKind, MessageId, Rejection, Store,
    store::{CommitResult, Expected, Outcome, Settlement},
};

async fn settlement(store: &dyn Store, command: &str) -> Option<Settlement> {
    store.settlement(MessageId::named(command)).await.expect("a settlement can be read")
}

fn settled(command: &str, answer: &str, position: u64) -> Settlement {
    let outcome = Outcome::Accepted(Some(answer.into()));
    Settlement { command: MessageId::named(command), fingerprint: None, outcome, position }
}

pub(super) async fn repeat_gives_the_first_answer(harness: &dyn Harness) {
    let store = open(harness).await;
    assert_eq!(settlement(&*store, "first command").await, None);
    let command = |answer| {
        Write::new().append("a-1", Expected::Any, ["a", "b"]).put(&BALANCES, balance("a", 1)).settle("first command", answer)
    };
    command("1").stored(&*store).await;
    Write::new().append("a-2", Expected::Any, ["c"]).settle("second command", "2").stored(&*store).await;
    assert_eq!(command("3").repeated(&*store).await, settled("first command", "1", 2));
    // Also when nothing else is asked for.
    assert_eq!(Write::new().settle("second command", "4").repeated(&*store).await, settled("second command", "2", 3));
    assert_eq!(settlement(&*store, "first command").await, Some(settled("first command", "1", 2)));
    assert_eq!(settlement(&*store, "third command").await, None);
}

pub(super) async fn pages_in_the_order_of_identities(harness: &dyn Harness) {
    let store = open(harness).await;
    let page = async |after, limit| store.settlements(after, limit).await.expect("settlements can be listed");
    assert_eq!(page(None, 10).await, []);
    let mut expected = Vec::new();
    for number in 0..25_u64 {
        let (command, answer) = (format!("command {number}"), number.to_string());
        Write::new().append("a-1", Expected::Any, ["a"]).settle(&command, &answer).stored(&*store).await;
        expected.push(settled(&command, &answer, number + 1));
    }
    expected.sort_by_key(|settlement| settlement.command);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let some = page(after, 10).await;
        assert!(some.len() <= 10);
        let Some(last) = some.last() else { break };
        after = Some(last.command);
        seen.extend(some);
    }
    assert_eq!(seen, expected);
    assert_eq!(page(None, usize::MAX).await, expected);
    // From one that is not there, too.
    let between = MessageId::named("never settled");
    let later: Vec<_> = expected.iter().filter(|settlement| settlement.command > between).cloned().collect();
    assert_eq!(page(Some(between), 100).await, later);
}

pub(super) async fn repeat_is_found_before_versions(harness: &dyn Harness) {
    let store = open(harness).await;
    let command =
        || Write::new().append("a-1", Expected::NoStream, ["a"]).checkpoint("alerts", 0, 1).settle("first command", "1");
    command().stored(&*store).await;
    // The stream exists now, and the checkpoint has moved.
    assert_eq!(command().repeated(&*store).await, settled("first command", "1", 1));
    Write::new().append("a-1", Expected::Version(0), ["b"]).stored(&*store).await;
    assert_eq!(command().repeated(&*store).await, settled("first command", "1", 1));
}

pub(super) async fn rejections_are_kept(harness: &dyn Harness) {
    let store = open(harness).await;
    let rejection = Rejection::new("balance", "Insufficient funds: balance cannot be negative")
        .and("balance", "Zoë 👍 \"quoted\"\nand broken")
        .and("", "no field");
    for (command, outcome) in [
        ("first command", Outcome::Rejected(rejection)),
        ("second command", Outcome::Accepted(None)),
        ("third command", Outcome::Accepted(Some(r#"{"id" : 10000000000000000, "name":"\u0000 👍"}"#.into()))),
        ("fourth command", Outcome::Accepted(Some("null".into()))),
    ] {
        let expected =
            Settlement { command: MessageId::named(command), fingerprint: None, outcome: outcome.clone(), position: 0 };
        Write::new().settle_as(command, None, outcome).stored(&*store).await;
        assert_eq!(settlement(&*store, command).await, Some(expected.clone()));
        assert_eq!(Write::new().settle(command, "other").repeated(&*store).await, expected);
    }
}

pub(super) async fn fingerprints_are_kept(harness: &dyn Harness) {
    let store = open(harness).await;
    for fingerprint in [None, Some(0), Some(7), Some(i64::MAX as u64), Some(i64::MAX as u64 + 1), Some(u64::MAX)] {
        let command = format!("{fingerprint:?}");
        Write::new().settle_as(&command, fingerprint, Outcome::Accepted(None)).stored(&*store).await;
        let kept = settlement(&*store, &command).await.map(|settlement| settlement.fingerprint);
        assert_eq!(kept, Some(fingerprint));
        // To compare it with that of the repeat is not the store's business.
        let repeated = Write::new().settle_as(&command, Some(1), Outcome::Accepted(None)).repeated(&*store).await;
        assert_eq!(repeated.fingerprint, fingerprint);
    }
}

pub(super) async fn position_is_the_head(harness: &dyn Harness) {
    let store = open(harness).await;
    // What the caller says about it does not count.
    let mut write = Write::new().append("a-1", Expected::Any, ["a", "b", "c"]).settle("first command", "1");
    write.0.settlement.as_mut().expect("it settles a command").position = 77;
    write.stored(&*store).await;
    assert_eq!(settlement(&*store, "first command").await.map(|settled| settled.position), Some(3));
    Write::new().settle("second command", "2").stored(&*store).await;
    assert_eq!(settlement(&*store, "second command").await.map(|settled| settled.position), Some(3));
}

pub(super) async fn conflict_settles_nothing(harness: &dyn Harness) {
    let store = open(harness).await;
    let command = |expected| Write::new().append("a-1", expected, ["a"]).settle("first command", "1");
    command(Expected::Exists).refused(&*store, ErrorKind::Conflict).await;
    assert_eq!(settlement(&*store, "first command").await, None);
    command(Expected::NoStream).stored(&*store).await;
}

pub(super) async fn same_command_at_once_happens_once(harness: &dyn Harness) {
    let store = open(harness).await;
    for round in 0..10 {
        let (name, key) = (format!("a-{round}"), format!("command {round}"));
        let answers: Vec<_> = thread::scope(|scope| {
            let callers: Vec<_> = (0..4)
                .map(|caller| {
                    let (store, name, key) = (&*store, &name, &key);
                    scope.spawn(move || {
                        let mut answer = None;
                        harness.run(Box::pin(async {
                            let command = Write::new().append(name, Expected::Any, [key]).settle(key, &caller.to_string());
                            answer = Some(command.on(store).await);
                        }));
                        answer.expect("the future has run").expect("the same command twice is no conflict")
                    })
                })
                .collect();
            callers.into_iter().map(|caller| caller.join().expect("no caller panics")).collect()
        });
        let kept = settlement(&*store, &key).await.expect("the command is settled");
        let mut committed = 0;
        for answer in answers {
            match answer {
                CommitResult::Committed(_) => committed += 1,
                CommitResult::Repeated(settled) => assert_eq!(settled, kept),
            }
        }
        assert_eq!(committed, 1, "of one command");
        assert_eq!(texts(&log(&*store).await).len(), round + 1);
    }
    let before = contents(&*store).await;
    Write::new().settle("command 0", "again").repeated(&*store).await;
    assert_eq!(contents(&*store).await, before);
}

pub(super) async fn pruned_commands_are_new_again(harness: &dyn Harness) {
    let store = open(harness).await;
    let command = |answer| Write::new().append("a-1", Expected::Any, ["a"]).settle("first command", answer);
    command("1").stored(&*store).await;
    Write::new().settle("second command", "2").stored(&*store).await;
    let pruned = Write::new().prune("first command", 1).prune("never settled", 1).stored(&*store).await;
    assert_eq!((pruned.records.len(), pruned.head), (0, 1));
    assert_eq!(settlement(&*store, "first command").await, None);
    assert_eq!(store.settlements(None, 10).await.expect("settlements can be listed"), [settled("second command", "2", 1)]);
    // Its records stay, and a repeat is a command like any other.
    command("3").stored(&*store).await;
    assert_eq!(texts(&log(&*store).await), ["a", "a"]);
    assert_eq!(command("4").repeated(&*store).await, settled("first command", "3", 2));
    assert_eq!(settlement(&*store, "second command").await, Some(settled("second command", "2", 1)));
}

pub(super) async fn pruning_spares_what_was_settled_again(harness: &dyn Harness) {
    let store = open(harness).await;
    let command = || Write::new().append("a-1", Expected::Any, ["a"]).settle("first command", "1");
    command().stored(&*store).await;
    Write::new().prune("first command", 1).stored(&*store).await;
    command().stored(&*store).await;
    // Who has seen the first settlement comes late.
    for position in [0, 1, 3, u64::MAX >> 1] {
        Write::new().prune("first command", position).stored(&*store).await;
        assert_eq!(settlement(&*store, "first command").await, Some(settled("first command", "1", 2)));
        command().repeated(&*store).await;
    }
}

pub(super) async fn many_are_pruned_and_the_others_stay(harness: &dyn Harness) {
    let store = open(harness).await;
    let name = |number: u64| format!("command {number}");
    for number in 1..=60 {
        Write::new().append("a-1", Expected::Any, ["a"]).settle(&name(number), "1").stored(&*store).await;
    }
    let mut write = Write::new().append("a-2", Expected::Any, ["b"]).settle("last command", "2");
    for number in (1..=60).filter(|number| number % 3 != 0) {
        write = write.prune(&name(number), number);
    }
    assert_eq!(write.stored(&*store).await.head, 61);
    let mut expected: Vec<_> = (1..=20).map(|third| settled(&name(3 * third), "1", 3 * third)).collect();
    expected.push(settled("last command", "2", 61));
    expected.sort_by_key(|settlement| settlement.command);
    assert_eq!(store.settlements(None, usize::MAX).await.expect("settlements can be listed"), expected);
    let some = store.settlements(Some(expected[4].command), 7).await.expect("settlements can be listed");
    assert_eq!(some, expected[5..12]);
}

pub(super) async fn refused_commits_prune_nothing(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().append("a-1", Expected::Any, ["a"]).settle("first command", "1").stored(&*store).await;
    let late = Write::new().append("a-1", Expected::NoStream, ["b"]).prune("first command", 1);
    late.refused(&*store, ErrorKind::Conflict).await;
    Write::new().settle("first command", "2").repeated(&*store).await;
}
