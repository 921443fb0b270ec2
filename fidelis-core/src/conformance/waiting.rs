//! Waiting for the log to grow: over when it has, for everybody who waits, and not before.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use super::{Harness, material::open, write::Write};
use crate::{Store, store::Expected};

async fn append(store: &dyn Store, texts: [&str; 1]) {
    Write::new().append("account-1", Expected::Any, texts).stored(store).await;
}

fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

pub(super) async fn over_when_the_log_is_past_already(harness: &dyn Harness) {
    let store = open(harness).await;
    append(&*store, ["a"]).await;
    append(&*store, ["b"]).await;
    for position in [0, 1] {
        assert_eq!(store.wait(position).await.expect("a store can be waited for"), 2);
    }
}

pub(super) async fn not_over_before_it_grows(harness: &dyn Harness) {
    let store = open(harness).await;
    append(&*store, ["a"]).await;
    let mut waiting = pin!(store.wait(1));
    for _ in 0..3 {
        assert!(poll_once(waiting.as_mut()).is_pending(), "nothing is past position 1");
        // What appends nothing is not waited for.
        Write::new().checkpoint("balances", crate::store::CheckpointMove::ANYWHERE, 1).stored(&*store).await;
    }
    append(&*store, ["b"]).await;
    assert_eq!(waiting.await.expect("a store can be waited for"), 2);
}

pub(super) async fn everybody_who_waits_is_told(harness: &dyn Harness) {
    let store = &open(harness).await;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(move || {
                harness.run(Box::pin(async move {
                    let mut head = 0;
                    while head < 20 {
                        let next = store.wait(head).await.expect("a store can be waited for");
                        assert!(next > head, "{next} is not past {head}");
                        head = next;
                    }
                }));
            });
        }
        scope.spawn(move || {
            harness.run(Box::pin(async move {
                for _ in 0..20 {
                    append(&**store, ["a"]).await;
                }
            }));
        });
    });
}

pub(super) async fn given_up_it_leaves_others_waiting(harness: &dyn Harness) {
    let store = open(harness).await;
    let mut waiting = pin!(store.wait(0));
    assert!(poll_once(waiting.as_mut()).is_pending());
    for _ in 0..5 {
        let mut given_up = pin!(store.wait(0));
        assert!(poll_once(given_up.as_mut()).is_pending());
    }
    append(&*store, ["a"]).await;
    assert_eq!(waiting.await.expect("a store can be waited for"), 1);
}
