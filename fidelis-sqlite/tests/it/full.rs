//! No room left: what does not fit is refused, nothing of it is written, and it goes on when there is room.

use std::task::{Context, Poll, Waker};

use fidelis_core::{
    Error, ErrorKind, MessageId, Store, StreamName, Value, block_on,
    projection::{ColumnDefinition, Row, Table},
    store::{CheckpointMove, Commit, CommitResult, Failure, Outcome, Parked, ParkedChange, RowChange, Settlement},
};
use fidelis_sqlite::{SqliteOptions, SqliteStore};

use crate::material::{BALANCES, appended, balance, file, log, names, open, rows};

fn small(path: &std::path::Path) -> SqliteStore {
    block_on(SqliteStore::open_with(SqliteOptions::new(path).most_bytes(400 << 10))).expect("the file can be opened")
}

/// A commit of an event with this many bytes and a row.
fn large(store: &SqliteStore, name: &str, bytes: usize) -> Result<CommitResult, Error> {
    let mut commit = appended("account-1", &"x".repeat(bytes));
    commit.rows.push(balance(name, 1));
    block_on(store.commit(commit))
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    let (_folder, path) = file();
    let store = small(&path);
    block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
    let mut acknowledged = 0;
    let error = loop {
        match large(&store, &format!("{acknowledged}"), 20_000) {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    names(&error, ErrorKind::Unavailable, &["bank.db", "full", "nothing was written"]);
    assert!(acknowledged > 3, "something fits");
    let is_whole = |store: &SqliteStore, count: usize| {
        assert_eq!(log(store).expect("it can be read").len(), count);
        assert_eq!(rows(store, &BALANCES).len(), count);
        block_on(store.verify()).expect("the file is sound");
    };
    is_whole(&store, acknowledged);
    // It is refused again, and small things go on.
    names(&large(&store, "again", 100_000).expect_err("it is full"), ErrorKind::Unavailable, &["full"]);
    is_whole(&store, acknowledged);
    drop(store);
    // There is room now.
    let store = open(&path);
    block_on(store.prepare(&[&BALANCES])).expect("the table is there");
    is_whole(&store, acknowledged);
    large(&store, "room", 100_000).expect("there is room");
    is_whole(&store, acknowledged + 1);
}

/// Many at once, of which a few are too large: each has its own answer, and those that fit are there.
#[test]
fn one_that_does_not_fit_keeps_nobody_else_out() {
    let (_folder, path) = file();
    let store = small(&path);
    block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
    for round in 0..4 {
        let is_large = |number: i64| number % 8 == 3;
        let mut commits: Vec<_> = (0..16)
            .map(|number| {
                let mut commit = appended("account-1", &"x".repeat(if is_large(number) { 600 << 10 } else { 100 }));
                commit.rows.push(balance(&format!("{round}/{number}"), number));
                store.commit(commit)
            })
            .collect();
        // All are handed in before anybody looks at an answer: while the first is written, the others wait, and go together.
        let mut context = Context::from_waker(Waker::noop());
        let early: Vec<_> = commits.iter_mut().map(|commit| commit.as_mut().poll(&mut context)).collect();
        for ((number, commit), early) in (0..).zip(commits).zip(early) {
            let result = match early {
                Poll::Ready(result) => result,
                Poll::Pending => block_on(commit),
            };
            match result {
                Ok(_) => assert!(!is_large(number), "there is no room for it"),
                Err(error) => {
                    assert!(is_large(number), "there is room for it: {error}");
                    names(&error, ErrorKind::Unavailable, &["full"]);
                }
            }
        }
        assert_eq!(log(&store).expect("it has no gap").len(), 14 * (round + 1));
        assert_eq!(rows(&store, &BALANCES).len(), 14 * (round + 1));
    }
}

static NOTES: Table = Table {
    name: "notes",
    columns: &[ColumnDefinition::of::<String>("name"), ColumnDefinition::of::<Option<String>>("words")],
    key: &[0],
    indexes: &[1],
};

fn note(name: &str, bytes: usize) -> RowChange {
    let row = Row::new([Value::Text(name.to_owned()), Value::Text("x".repeat(bytes))]);
    RowChange::Put { table: &NOTES, row, staged: false }
}

/// The record of a commit fits, and something that is written after it does not: SQLite may then leave the transaction open.
#[test]
fn what_is_written_last_and_does_not_fit_takes_all_of_its_commit_with_it() {
    const LARGE: usize = 600 << 10;
    let changes: [&dyn Fn(&mut Commit); 4] = [
        &|commit| commit.rows.extend([note("small", 1), note("large", LARGE)]),
        &|commit| {
            let outcome = Outcome::Accepted(Some(format!("\"{}\"", "x".repeat(LARGE)).into()));
            let command = MessageId::named("large");
            commit.settlement = Some(Settlement { command, fingerprint: None, outcome, position: 0 });
        },
        &|commit| {
            let (first, stream) = (commit.time, StreamName::parse("account-1"));
            let failure = Failure { error: "x".repeat(LARGE), attempts: 1, first, last: first, next: None };
            let parked = Parked { subscription: "bank.notes".into(), stream, position: 1, failure: Some(failure) };
            commit.parked.push(ParkedChange::Put(parked));
        },
        &|commit| commit.rows.extend((0..LARGE / 1_000).map(|number| note(&format!("{number}"), 1_000))),
    ];
    let (_folder, path) = file();
    let store = small(&path);
    block_on(store.prepare(&[&NOTES])).expect("the table can be made");
    for (place, change) in changes.iter().enumerate() {
        let mut commit = appended("account-1", "small");
        commit.checkpoints.push(CheckpointMove { subscription: format!("bank.{place}").into(), from: 0, to: 1 });
        change(&mut commit);
        let error = block_on(store.commit(commit)).expect_err("there is no room");
        names(&error, ErrorKind::Unavailable, &["bank.db", "full", "nothing was written"]);
        let checkpoints = block_on(store.checkpoints()).expect("they can be read").len();
        let found = (log(&store).expect("it can be read").len(), rows(&store, &NOTES).len(), checkpoints);
        assert_eq!(found, (place, 0, 0), "after attempt {place}");
        // Who comes next takes nothing of it along.
        block_on(store.commit(appended("account-2", "next"))).expect("there is room");
        assert_eq!(log(&store).expect("it can be read").len(), place + 1, "after attempt {place}");
        block_on(store.verify()).expect("the file is sound");
    }
}
