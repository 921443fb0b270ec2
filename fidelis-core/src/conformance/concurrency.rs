//! Several at once: nothing is lost, nothing is out of order, and somebody always gets on.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    task::Poll,
    thread,
};

use super::{
    Harness,
    material::{BALANCES, WHOLE, balance, interest, log, open, row, stream, text_key, texts},
    write::Write,
};
use crate::{
    Error, ErrorKind, Store, Value,
    store::{CommitResult, Direction, Expected, Interest, PageLimit, ReadFrom},
};

const WRITERS: usize = 4;
const ROUNDS: usize = 25;

/// Runs `work` for each writer on a thread of its own, until all are done.
fn writers(harness: &dyn Harness, work: impl for<'a> Fn(&'a dyn Harness, usize) + Sync) {
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let work = &work;
            scope.spawn(move || work(harness, writer));
        }
    });
}

fn is_conflict(result: &Result<CommitResult, Error>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict)
}

pub(super) async fn writers_of_one_stream_lose_nothing(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let write = async |writer: usize| {
        for round in 0..ROUNDS {
            loop {
                let seen = store.version(&stream("account-1")).await.expect("a version can be read");
                let text = format!("{writer}/{round}");
                let result = Write::new().append("account-1", Expected::seen(seen), [&text]).on(store).await;
                if !is_conflict(&result) {
                    result.expect("there is no other error than a conflict");
                    break;
                }
            }
        }
    };
    writers(harness, |harness, writer| harness.run(Box::pin(write(writer))));
    let log = log(store).await;
    for (position, record) in (0..).zip(&log) {
        assert_eq!(record.metadata.position, position);
    }
    for writer in 0..WRITERS {
        let prefix = format!("{writer}/");
        let found: Vec<_> = texts(&log).into_iter().filter_map(|text| text.strip_prefix(&prefix)).collect();
        assert_eq!(found, (0..ROUNDS).map(|round| round.to_string()).collect::<Vec<_>>(), "of writer {writer}");
    }
}

pub(super) async fn writers_of_many_streams_leave_no_gap(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let types = interest(&["Conformance.Happened.v1"]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        // All of the log, or all of its one type: that must be the same.
        let readers = [(1, None), (7, None), (1_000, None), (5, Some(&types)), (1_000, Some(&types))].map(|(size, types)| {
            let done = &done;
            scope.spawn(move || harness.run(Box::pin(follow(store, size, types, done))))
        });
        let writers = [0, 1, 2, 3].map(|writer| scope.spawn(move || harness.run(Box::pin(write_many(store, writer)))));
        // The readers end even when a writer fails.
        let written = writers.map(thread::ScopedJoinHandle::join);
        done.store(true, Ordering::Release);
        assert!(written.iter().all(Result::is_ok), "a writer failed");
        assert!(readers.map(thread::ScopedJoinHandle::join).iter().all(Result::is_ok), "a reader failed");
    });

    let log = log(store).await;
    assert_eq!(log.len(), WRITERS * ROUNDS * 3);
    let mut versions = BTreeMap::new();
    for (position, record) in (1..).zip(&log) {
        assert_eq!(record.metadata.global_position, position);
        let version = versions.entry(record.metadata.stream.clone()).or_insert(0);
        assert_eq!(record.metadata.position, *version, "in `{}`", record.metadata.stream);
        *version += 1;
    }
    for commit in texts(&log).chunks(3) {
        let name = commit[0].strip_suffix("/0").expect("a commit begins with its first record");
        assert_eq!(commit, [0, 1, 2].map(|part| format!("{name}/{part}")), "the records of a commit stand together");
    }
}

async fn write_many(store: &dyn Store, writer: usize) {
    for round in 0..ROUNDS {
        let text = |part| format!("{writer}/{round}/{part}");
        let write = Write::new().append(&format!("account-{writer}"), Expected::Any, [&text(0), &text(1)]).append(
            "everybody-1",
            Expected::Any,
            [&text(2)],
        );
        write.stored(store).await;
    }
}

/// Reads along: every position in order, and what the head promises is there.
async fn follow(store: &dyn Store, size: usize, types: Option<&Interest>, done: &AtomicBool) {
    let mut next = 1;
    loop {
        let finished = done.load(Ordering::Acquire);
        let head = store.head().await.expect("a store has a head");
        let from = match types {
            Some(interest) => ReadFrom::Interest { interest, position: next },
            None => ReadFrom::All { position: next, direction: Direction::Forwards },
        };
        let page = store.read(from, PageLimit { records: size, bytes: usize::MAX }).await.expect("a store can be read");
        for record in &page {
            assert_eq!(record.metadata.global_position, next, "a reader was shown a gap");
            next += 1;
        }
        if page.is_empty() {
            assert!(next > head, "the head was {head}, but there was nothing at {next}");
            if finished {
                return;
            }
            thread::yield_now();
        }
    }
}

pub(super) async fn one_creator_wins(harness: &dyn Harness) {
    let store = &*open(harness).await;
    for round in 0..10 {
        let name = format!("account-{round}");
        let created = AtomicUsize::new(0);
        let create = async |writer: usize| {
            let text = format!("{round} by {writer}");
            match Write::new().append(&name, Expected::NoStream, [&text]).on(store).await {
                Ok(_) => {
                    created.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    let conflict = error.as_conflict().expect("the others get a conflict");
                    let expected = (&stream(&name), Expected::NoStream, Some(0));
                    assert_eq!((&conflict.stream, conflict.expected, conflict.actual), expected);
                }
            }
        };
        writers(harness, |harness, writer| harness.run(Box::pin(create(writer))));
        assert_eq!(created.into_inner(), 1, "creators of one stream that won");
    }
    assert_eq!(log(store).await.len(), 10);
}

pub(super) async fn opposite_orders_get_along(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let write = async |writer: usize| {
        for round in 0..ROUNDS {
            let text = format!("{writer}/{round}");
            let names = if writer.is_multiple_of(2) { ["account-1", "account-2"] } else { ["account-2", "account-1"] };
            let write = Write::new()
                .append(names[0], Expected::Any, [&text])
                .append(names[1], Expected::Any, [&text])
                .put(&BALANCES, balance(names[0], 1))
                .put(&BALANCES, balance(names[1], 2));
            write.stored(store).await;
        }
    };
    writers(harness, |harness, writer| harness.run(Box::pin(write(writer))));
    assert_eq!(log(store).await.len(), WRITERS * ROUNDS * 2);
}

pub(super) async fn runners_of_one_checkpoint_take_turns(harness: &dyn Harness) {
    let store = &*open(harness).await;
    let end = 40;
    let run = async |_: usize| {
        loop {
            let from = store.checkpoint("balances").await.expect("a checkpoint can be read");
            if from == end {
                return;
            }
            let counted = match row(store, &BALANCES, &text_key("steps")).await.as_ref().map(|row| &row.values()[1]) {
                Some(Value::Integer(steps)) => *steps,
                _ => 0,
            };
            let step = Write::new().put(&BALANCES, balance("steps", counted + 1)).checkpoint("balances", from, from + 1);
            let result = step.on(store).await;
            if !is_conflict(&result) {
                result.expect("there is no other error than a conflict");
            }
        }
    };
    writers(harness, |harness, writer| harness.run(Box::pin(run(writer))));
    assert_eq!(row(store, &BALANCES, &text_key("steps")).await, Some(balance("steps", end as i64)));
}

/// What is begun and then left alone: who waits for another operation would wait for whom nobody polls.
pub(super) async fn what_is_begun_and_left_alone_holds_up_nothing(harness: &dyn Harness) {
    const LEFT_ALONE: usize = 40;
    let store = &*open(harness).await;
    Write::new().append("account-1", Expected::NoStream, ["before"]).put(&BALANCES, balance("one", 1)).stored(store).await;
    let (all, one, key) = (ReadFrom::All { position: 1, direction: Direction::Forwards }, stream("account-1"), text_key("one"));
    let mut reads: Vec<_> = (0..LEFT_ALONE).map(|_| store.read(all, WHOLE)).collect();
    let mut versions: Vec<_> = (0..LEFT_ALONE).map(|_| store.version(&one)).collect();
    let mut rows: Vec<_> = (0..LEFT_ALONE).map(|_| store.row(&BALANCES, &key, false)).collect();
    let mut commits: Vec<_> = (0..LEFT_ALONE)
        .map(|place| Box::pin(Write::new().append(&format!("account-left-{place}"), Expected::NoStream, ["left"]).on(store)))
        .collect();
    poll_fn(|context| {
        // Whoever is here at once is asked no more.
        reads.retain_mut(|read| read.as_mut().poll(context).is_pending());
        versions.retain_mut(|version| version.as_mut().poll(context).is_pending());
        rows.retain_mut(|row| row.as_mut().poll(context).is_pending());
        commits.retain_mut(|commit| commit.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    assert!(store.head().await.expect("the head can be read") >= 1);
    assert!(!store.read(all, WHOLE).await.expect("the log can be read").is_empty());
    assert_eq!(store.version(&one).await.expect("a version can be read"), Some(0));
    assert_eq!(row(store, &BALANCES, &key).await, Some(balance("one", 1)));
    Write::new().append("account-2", Expected::NoStream, ["after"]).stored(store).await;
    // The last first: none of them waits for another one, either.
    for read in reads.into_iter().rev() {
        assert!(!read.await.expect("the log can be read").is_empty());
    }
    for version in versions.into_iter().rev() {
        assert_eq!(version.await.expect("a version can be read"), Some(0));
    }
    for found in rows.into_iter().rev() {
        assert_eq!(found.await.expect("a row can be read"), Some(balance("one", 1)));
    }
    for commit in commits.into_iter().rev() {
        commit.await.expect("nobody else writes these streams");
    }
    assert_eq!(log(store).await.len(), LEFT_ALONE + 2);
}
