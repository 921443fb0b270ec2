//! Parked messages: set aside for one consumer, with what went wrong, in the order of the log.

use super::{
    Harness,
    material::{BALANCES, at, balance, open, stream},
    write::Write,
};
use crate::{
    ErrorKind, Store,
    store::{Expected, Failure, Parked},
};

fn waiting(subscription: &str, position: u64) -> Parked {
    Parked { subscription: subscription.into(), stream: stream("account-1"), position, failure: None }
}

fn failed(subscription: &str, position: u64, attempts: u32) -> Parked {
    let failure = Failure {
        error: "cannot reach \"the bank\"\nZoë 👍".to_owned(),
        attempts,
        first: at(1),
        last: at(2),
        next: attempts.is_multiple_of(2).then(|| at(3)),
    };
    Parked { failure: Some(failure), ..waiting(subscription, position) }
}

async fn parked(store: &dyn Store, subscription: &str) -> Vec<Parked> {
    store.parked(subscription).await.expect("parked messages can be read")
}

pub(super) async fn put_replace_remove(harness: &dyn Harness) {
    let store = open(harness).await;
    assert_eq!(parked(&*store, "alerts").await, []);
    Write::new().park(failed("alerts", 5, 1)).park(waiting("alerts", 6)).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [failed("alerts", 5, 1), waiting("alerts", 6)]);
    Write::new().park(failed("alerts", 5, 2)).park(failed("alerts", 6, u32::MAX)).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [failed("alerts", 5, 2), failed("alerts", 6, u32::MAX)]);
    Write::new().take_back("alerts", 5).take_back("alerts", 77).take_back("nobody", 6).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [failed("alerts", 6, u32::MAX)]);
    // In their order.
    Write::new()
        .park(waiting("alerts", 7))
        .take_back("alerts", 7)
        .take_back("alerts", 6)
        .park(waiting("alerts", 6))
        .stored(&*store)
        .await;
    assert_eq!(parked(&*store, "alerts").await, [waiting("alerts", 6)]);
    Write::new().take_back("alerts", 6).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, []);
}

pub(super) async fn order_is_that_of_the_log(harness: &dyn Harness) {
    let store = open(harness).await;
    let large = i64::MAX as u64;
    for position in [10, 9, 100, 2, large, 11] {
        Write::new().park(waiting("alerts", position)).stored(&*store).await;
    }
    let positions: Vec<_> = parked(&*store, "alerts").await.iter().map(|parked| parked.position).collect();
    assert_eq!(positions, [2, 9, 10, 11, 100, large]);
}

pub(super) async fn subscriptions_are_apart(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().park(failed("alerts", 5, 1)).park(failed("balances", 5, 2)).park(waiting("balances", 6)).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [failed("alerts", 5, 1)]);
    Write::new().take_back("balances", 5).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [failed("alerts", 5, 1)]);
    assert_eq!(parked(&*store, "balances").await, [waiting("balances", 6)]);
}

pub(super) async fn conflict_parks_nothing(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().park(waiting("alerts", 5)).stored(&*store).await;
    let runner = || Write::new().park(waiting("alerts", 6)).take_back("alerts", 5).put(&BALANCES, balance("a", 1));
    runner().checkpoint("alerts", 1, 2).refused(&*store, ErrorKind::Conflict).await;
    runner().append("account-1", Expected::Exists, ["a"]).refused(&*store, ErrorKind::Conflict).await;
    runner().checkpoint("alerts", 0, 2).stored(&*store).await;
    assert_eq!(parked(&*store, "alerts").await, [waiting("alerts", 6)]);
}
