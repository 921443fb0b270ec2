//! Waiting for the log to grow, here and elsewhere; and a queue that is full.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
};

use fidelis_core::{Store, block_on};
use fidelis_sqlite::{Durability, SqliteOptions, SqliteStore};

use crate::material::{appended, file, log, open, write};

#[test]
fn what_is_there_is_given_at_once() {
    let (_folder, path) = file();
    let store = open(&path);
    write(&store, appended("account-1", "a"));
    write(&store, appended("account-1", "b"));
    assert_eq!(block_on(store.wait(0)).expect("it is there"), 2);
    assert_eq!(block_on(store.wait(1)).expect("it is there"), 2);
    let mut waiting = pin!(store.wait(2));
    assert!(matches!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[test]
fn who_waits_is_woken_by_the_same_store_and_by_another() {
    let (_folder, path) = file();
    let (here, elsewhere) = (open(&path), open(&path));
    thread::scope(|scope| {
        let waiting = [(&here, 0), (&here, 1), (&elsewhere, 0), (&elsewhere, 1)]
            .map(|(store, position)| scope.spawn(move || block_on(store.wait(position)).expect("it can be waited for")));
        write(&here, appended("account-1", "a"));
        write(&elsewhere, appended("account-1", "b"));
        let heads = waiting.map(|waiting| waiting.join().expect("nobody panics"));
        assert!(heads[0] >= 1 && heads[1] == 2 && heads[2] >= 1 && heads[3] == 2, "{heads:?}");
    });
}

#[test]
fn who_waits_no_longer_is_forgotten() {
    let (_folder, path) = file();
    let store = open(&path);
    for _ in 0..3 {
        let mut waiting = pin!(store.wait(0));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    write(&store, appended("account-1", "a"));
    assert_eq!(block_on(store.wait(0)).expect("it is there"), 1);
}

/// With room for one commit only, who comes waits for room; all get in.
#[test]
fn full_queue_makes_callers_wait() {
    let (_folder, path) = file();
    let small = SqliteOptions::new(&path).queue_bytes(1);
    let store = block_on(SqliteStore::open_with(small)).expect("the file can be opened");
    thread::scope(|scope| {
        for writer in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for round in 0..20 {
                    write(store, appended(&format!("account-{writer}"), &format!("{writer}/{round}")));
                }
            });
        }
    });
    assert_eq!(log(&store).expect("it can be read").len(), 160);
}

/// A commit that was handed in is not lost with who brought it, though it was his own to write while he was alone.
#[test]
fn commits_whose_callers_are_gone_are_written() {
    let (_folder, path) = file();
    // Without flushes, which are not quick on every machine, and have to be for that.
    let options = SqliteOptions::new(&path).durability(Durability::SurvivesCrashOfTheProcess);
    let store = block_on(SqliteStore::open_with(options)).expect("the file can be opened");
    for number in 0..40 {
        write(&store, appended("account-1", &format!("written {number}")));
        let mut commit = store.commit(appended("account-1", &format!("dropped {number}")));
        // It may be done already: nobody looks.
        drop(commit.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        drop(commit);
        assert_eq!(block_on(store.wait(2 * number + 1)).expect("it can be waited for"), 2 * number + 2);
    }
}

/// Nor with the store.
#[test]
fn commits_that_wait_are_written_when_the_store_is_closed() {
    let (_folder, path) = file();
    let store = open(&path);
    for number in 0..10 {
        let mut commit = store.commit(appended("account-1", &format!("dropped {number}")));
        drop(commit.as_mut().poll(&mut Context::from_waker(Waker::noop())));
    }
    drop(store);
    assert_eq!(log(&open(&path)).expect("it can be read").len(), 10);
}
