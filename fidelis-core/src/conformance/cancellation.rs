//! Cancellation: a future that is dropped, polled or not, has done all of it or nothing.

use std::{
    pin::pin,
    task::{Context, Waker},
};

use super::{
    Harness,
    material::{BALANCES, at, balance, contents, log, open, row, stream, text_key, texts},
    write::Write,
};
use crate::{
    MessageId,
    store::{Direction, Expected, PageLimit, Parked, ReadFrom},
};

fn everything_at_once(round: u64) -> Write {
    let name = |kind| format!("{kind}-{round}");
    let parked = Parked { subscription: name("alerts").into(), stream: stream("a-1"), position: 1, failure: None };
    Write::new()
        .append(&name("account"), Expected::NoStream, ["a", "b"])
        .append(&name("transfer"), Expected::NoStream, ["c"])
        .put(&BALANCES, balance(&name("row"), 1))
        .checkpoint(&name("balances"), 0, 1)
        .park(parked)
        .settle(&name("command"), "1")
}

pub(super) async fn commit_that_was_dropped_happened_whole_or_not(harness: &dyn Harness) {
    let store = open(harness).await;
    let mut head = 0;
    for round in 0..20 {
        poll(everything_at_once(round).on(&*store), round % 5);
        // What comes after it, comes after it.
        Write::at(at(1)).append("after-1", Expected::Any, ["after"]).stored(&*store).await;

        let name = |kind: &str| format!("{kind}-{round}");
        let version = async |kind| store.version(&stream(&name(kind))).await.expect("a version can be read");
        let happened = [
            version("account").await == Some(1),
            version("transfer").await == Some(0),
            row(&*store, &BALANCES, &text_key(&name("row"))).await.is_some(),
            store.checkpoint(&name("balances")).await.expect("a checkpoint can be read") == 1,
            store.parked(&name("alerts")).await.expect("parked messages can be read").len() == 1,
            store.settlement(MessageId::named(&name("command"))).await.expect("a settlement can be read").is_some(),
        ];
        assert!(happened.iter().all(|&part| part == happened[0]), "only a part of the commit happened: {happened:?}");
        let log = log(&*store).await;
        let expected: &[&str] = if happened[0] { &["a", "b", "c", "after"] } else { &["after"] };
        assert_eq!(&texts(&log)[head..], expected);
        head = log.len();
    }
}

pub(super) async fn dropped_reads_do_nothing(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().append("account-1", Expected::Any, ["a"]).put(&BALANCES, balance("a", 1)).stored(&*store).await;
    let before = contents(&*store).await;
    for times in 0..4 {
        poll(store.read(ReadFrom::All { position: 1, direction: Direction::Forwards }, PageLimit::default()), times);
        poll(store.row(&BALANCES, &text_key("a"), false), times);
        poll(store.head(), times);
    }
    assert_eq!(contents(&*store).await, before);
    Write::new().append("account-1", Expected::Version(0), ["b"]).stored(&*store).await;
}

/// Polls a future so many times, or until it is done, and drops it.
fn poll(future: impl Future, times: u64) {
    let mut future = pin!(future);
    for _ in 0..times {
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return;
        }
    }
}
