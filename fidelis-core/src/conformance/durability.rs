//! Durability: what was there before a store was closed is there when it is opened again. A store that keeps nothing stays open.

use std::sync::Arc;

use super::{
    Harness,
    material::{BALANCES, NOTES, TABLES, at, balance, contents, log, note, open, positions, rows, stream},
    write::Write,
};
use crate::{
    ErrorKind, MessageId, Store,
    store::{Expected, Parked},
};

async fn filled(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    let parked = Parked { subscription: "alerts".into(), stream: stream("account-1"), position: 1, failure: None };
    Write::at(at(9))
        .append("account-1", Expected::NoStream, ["a", "b"])
        .append("transfer-1", Expected::NoStream, ["c"])
        .put(&BALANCES, balance("a", 1))
        .put(&NOTES, note(1, 2, Some("note")))
        .put_staged(&BALANCES, balance("staged", 2))
        .checkpoint("balances", 0, 3)
        .park(parked)
        .settle("first command", "1")
        .stored(&*store)
        .await;
    store
}

pub(super) async fn everything_is_there_after_reopening(harness: &dyn Harness) {
    let store = filled(harness).await;
    let before = contents(&*store).await;
    let store = harness.reopen(store).await;
    store.prepare(&TABLES).await.expect("tables that are there can be prepared");
    assert_eq!(contents(&*store).await, before);
    Write::new().promote(&BALANCES).stored(&*store).await;
    assert_eq!(rows(&*store, &BALANCES).await, [balance("staged", 2)], "staged rows are kept too");
}

pub(super) async fn positions_and_time_go_on_after_reopening(harness: &dyn Harness) {
    let store = harness.reopen(filled(harness).await).await;
    store.prepare(&TABLES).await.expect("tables that are there can be prepared");
    Write::new().append("account-1", Expected::NoStream, ["d"]).refused(&*store, ErrorKind::Conflict).await;
    Write::new().append("a-1", Expected::Any, ["d"]).settle("first command", "2").repeated(&*store).await;
    let committed = Write::at(at(5)).append("account-1", Expected::Version(1), ["e"]).stored(&*store).await;
    assert_eq!(positions(&log(&*store).await), [1, 2, 3, 4]);
    assert_eq!(committed.records[0].metadata.time, at(9), "not before what was recorded before the store was opened");
}

pub(super) async fn settled_commands_are_known_to_a_store_that_has_read_nothing(harness: &dyn Harness) {
    let mut store = filled(harness).await;
    for expected in [Expected::Any, Expected::NoStream, Expected::Version(7)] {
        store = harness.reopen(store).await;
        store.prepare(&TABLES).await.expect("tables that are there can be prepared");
        // Wherever the stream is now.
        Write::new().append("account-1", expected, ["d"]).settle("first command", "2").repeated(&*store).await;
    }
}

pub(super) async fn pruned_commands_stay_forgotten(harness: &dyn Harness) {
    let store = filled(harness).await;
    let known = store.settlement(MessageId::named("first command")).await.expect("a settlement can be read");
    let position = known.expect("it is settled").position;
    Write::new().prune("first command", position).stored(&*store).await;
    let store = harness.reopen(store).await;
    store.prepare(&TABLES).await.expect("tables that are there can be prepared");
    assert_eq!(store.settlement(MessageId::named("first command")).await.expect("a settlement can be read"), None);
    Write::new().append("a-1", Expected::Any, ["d"]).settle("first command", "2").stored(&*store).await;
}

pub(super) async fn streams_that_are_only_named_are_compared_by_a_store_that_has_read_nothing(harness: &dyn Harness) {
    let mut store = filled(harness).await;
    for expected in [Expected::NoStream, Expected::Version(0), Expected::Version(2)] {
        store = harness.reopen(store).await;
        store.prepare(&TABLES).await.expect("tables that are there can be prepared");
        let write = Write::new().append("a-1", Expected::Any, ["d"]).append("account-1", expected, []);
        write.conflicts(&*store, "account-1", expected, Some(1)).await;
    }
    let write = Write::new().append("a-1", Expected::NoStream, ["d"]).append("a-2", Expected::NoStream, []);
    write.stored(&*store).await;
}
