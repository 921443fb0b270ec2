//! Staged tables: how a read model is rebuilt while people read it.

use std::sync::Arc;

use super::{
    Harness,
    material::{BALANCES, NOTES, balance, note, open, row, rows, text_key},
    write::Write,
};
use crate::{
    ErrorKind, Store,
    projection::{Key, Value},
    store::Expected,
};

/// `a` and `b` are live.
async fn with_rows(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    Write::new().put(&BALANCES, balance("a", 1)).put(&BALANCES, balance("b", 2)).stored(&*store).await;
    store
}

async fn are_live<const N: usize>(store: &dyn Store, expected: [(&str, i64); N]) {
    assert_eq!(rows(store, &BALANCES).await, expected.map(|(name, amount)| balance(name, amount)));
    for (name, amount) in expected {
        assert_eq!(row(store, &BALANCES, &text_key(name)).await, Some(balance(name, amount)));
    }
}

pub(super) async fn staged_rows_are_invisible(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    Write::new()
        .put_staged(&BALANCES, balance("a", 10))
        .put_staged(&BALANCES, balance("c", 30))
        .delete_staged(&BALANCES, text_key("b"))
        .stored(&*store)
        .await;
    are_live(&*store, [("a", 1), ("b", 2)]).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("c")).await, None);
    // Live rows go on changing, and staged ones do not follow.
    Write::new().put(&BALANCES, balance("a", 5)).delete(&BALANCES, text_key("b")).stored(&*store).await;
    are_live(&*store, [("a", 5)]).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, [("a", 10), ("c", 30)]).await;
}

pub(super) async fn staged_rows_are_read_by_key(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    let staged = async |name: &str| store.row(&BALANCES, &text_key(name), true).await.expect("a staged row can be read");
    assert_eq!(staged("a").await, None);
    Write::new().put_staged(&BALANCES, balance("a", 10)).put_staged(&BALANCES, balance("c", 30)).stored(&*store).await;
    assert_eq!([staged("a").await, staged("b").await, staged("c").await], [Some(balance("a", 10)), None, Some(balance("c", 30))]);
    let changes = Write::new().put_staged(&BALANCES, balance("c", 31)).delete_staged(&BALANCES, text_key("a"));
    changes.put(&BALANCES, balance("a", 5)).stored(&*store).await;
    assert_eq!([staged("a").await, staged("c").await], [None, Some(balance("c", 31))]);
    are_live(&*store, [("a", 5), ("b", 2)]).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    assert_eq!([staged("a").await, staged("b").await, staged("c").await], [None, None, None]);
    are_live(&*store, [("c", 31)]).await;
}

pub(super) async fn promoting_replaces_the_whole_table(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    Write::new().put(&NOTES, note(1, 1, Some("kept"))).put_staged(&NOTES, note(1, 2, None)).stored(&*store).await;
    Write::new().put_staged(&BALANCES, balance("b", 20)).stored(&*store).await;
    Write::new().put_staged(&BALANCES, balance("c", 30)).promote(&BALANCES).checkpoint("balances", 0, 1).stored(&*store).await;
    are_live(&*store, [("b", 20), ("c", 30)]).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, None);
    // Other tables stay.
    assert_eq!(rows(&*store, &NOTES).await, [note(1, 1, Some("kept"))]);
    Write::new().promote(&NOTES).stored(&*store).await;
    assert_eq!(rows(&*store, &NOTES).await, [note(1, 2, None)]);
    let key = Key::new([Value::Uuid(uuid::Uuid::from_u128(1)), Value::Integer(2)]);
    Write::new().delete(&NOTES, key).stored(&*store).await;
    assert_eq!(rows(&*store, &NOTES).await, []);
}

pub(super) async fn promoting_leaves_nothing_staged(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    Write::new().put_staged(&BALANCES, balance("c", 3)).promote(&BALANCES).stored(&*store).await;
    are_live(&*store, [("c", 3)]).await;
    // The rows that were live before must not come back, and those that are live now must not be staged as well.
    Write::new().put_staged(&BALANCES, balance("d", 4)).stored(&*store).await;
    are_live(&*store, [("c", 3)]).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, [("d", 4)]).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, []).await;
}

pub(super) async fn staging_empties(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    Write::new().put_staged(&BALANCES, balance("c", 3)).stored(&*store).await;
    Write::new().stage(&BALANCES).stored(&*store).await;
    are_live(&*store, [("a", 1), ("b", 2)]).await;
    Write::new().put_staged(&BALANCES, balance("d", 4)).stored(&*store).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, [("d", 4)]).await;
}

pub(super) async fn tables_change_after_rows(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    let both = Write::new().promote(&BALANCES).put(&BALANCES, balance("b", 20)).put_staged(&BALANCES, balance("c", 3));
    both.stored(&*store).await;
    are_live(&*store, [("c", 3)]).await;
    Write::new().stage(&BALANCES).put_staged(&BALANCES, balance("d", 4)).stored(&*store).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, []).await;
    // In their order.
    Write::new().put_staged(&BALANCES, balance("e", 5)).stored(&*store).await;
    Write::new().stage(&BALANCES).promote(&BALANCES).stored(&*store).await;
    are_live(&*store, []).await;
}

pub(super) async fn refused_promotion_changes_nothing(harness: &dyn Harness) {
    let store = with_rows(harness).await;
    Write::new().put_staged(&BALANCES, balance("c", 3)).stored(&*store).await;
    let rebuilt = || Write::new().put_staged(&BALANCES, balance("d", 4));
    rebuilt().promote(&BALANCES).checkpoint("balances", 9, 10).refused(&*store, ErrorKind::Conflict).await;
    rebuilt().stage(&BALANCES).append("a-1", Expected::Exists, []).refused(&*store, ErrorKind::Conflict).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    are_live(&*store, [("c", 3)]).await;
}
