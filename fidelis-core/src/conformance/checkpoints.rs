//! Checkpoints: moved from where their mover saw them, together with what was done.

use super::{
    Harness,
    material::{BALANCES, balance, contents, open, row, rows, text_key},
    write::Write,
};
use crate::{
    ErrorKind, Store,
    store::{CheckpointMove, Expected},
};

async fn checkpoint(store: &dyn Store, subscription: &str) -> u64 {
    store.checkpoint(subscription).await.expect("a checkpoint can be read")
}

pub(super) async fn begins_at_zero_and_moves(harness: &dyn Harness) {
    let store = open(harness).await;
    assert_eq!(checkpoint(&*store, "balances").await, 0);
    let large = (1 << 53) + 1;
    for (from, to) in [(0, 5), (5, 6), (6, 6), (6, large), (large, i64::MAX as u64)] {
        Write::new().checkpoint("balances", from, to).stored(&*store).await;
        assert_eq!(checkpoint(&*store, "balances").await, to);
    }
}

pub(super) async fn wrong_start_conflicts_and_nothing_happens(harness: &dyn Harness) {
    let store = open(harness).await;
    let conflicts = async |store: &dyn Store, from, to| {
        let error = Write::new()
            .append("account-1", Expected::Any, ["a"])
            .put(&BALANCES, balance("a", 1))
            .settle("first command", "1")
            .checkpoint("balances", from, to)
            .refused(store, ErrorKind::Conflict)
            .await;
        assert!(error.to_string().contains("balances"), "`{error}` does not name the subscription");
    };
    conflicts(&*store, 1, 2).await;
    Write::new().checkpoint("balances", 0, 5).stored(&*store).await;
    for (from, to) in [(0, 5), (0, 6), (4, 6), (6, 7), (u64::MAX - 1, 6)] {
        conflicts(&*store, from, to).await;
    }
    // Alone, too.
    Write::new().checkpoint("balances", 4, 6).refused(&*store, ErrorKind::Conflict).await;
}

pub(super) async fn may_go_back(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().checkpoint("balances", 0, 5).stored(&*store).await;
    Write::new().checkpoint("balances", 5, 2).stored(&*store).await;
    assert_eq!(checkpoint(&*store, "balances").await, 2);
    Write::new().checkpoint("balances", 2, 0).stored(&*store).await;
    assert_eq!(checkpoint(&*store, "balances").await, 0);
    Write::new().checkpoint("balances", 0, 1).stored(&*store).await;
}

/// For whoever replaces all that the checkpoint stands for.
pub(super) async fn moves_from_anywhere_when_asked(harness: &dyn Harness) {
    let store = open(harness).await;
    for (from, to) in [(CheckpointMove::ANYWHERE, 5), (CheckpointMove::ANYWHERE, 2), (2, 7), (CheckpointMove::ANYWHERE, 7)] {
        Write::new().put(&BALANCES, balance("a", 1)).checkpoint("balances", from, to).stored(&*store).await;
        assert_eq!(checkpoint(&*store, "balances").await, to);
    }
    // It is no licence for the others.
    let both = Write::new().checkpoint("balances", CheckpointMove::ANYWHERE, 9).checkpoint("alerts", 1, 2);
    both.refused(&*store, ErrorKind::Conflict).await;
    Write::new().checkpoint("balances", 7, 8).stored(&*store).await;
}

pub(super) async fn all_are_listed_by_name(harness: &dyn Harness) {
    let store = open(harness).await;
    let listed = async || {
        let all = store.checkpoints().await.expect("checkpoints can be listed");
        all.into_iter().map(|(name, position)| (name.to_string(), position)).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, []);
    for (name, to) in [("b", 2), ("a/parked", 1), ("Zoë", 4), ("a", 3)] {
        Write::new().checkpoint(name, 0, to).stored(&*store).await;
    }
    Write::new().checkpoint("b", 2, 7).checkpoint("a", 3, 1).stored(&*store).await;
    Write::new().checkpoint("b", 2, 9).refused(&*store, ErrorKind::Conflict).await;
    let expected = [("Zoë", 4), ("a", 1), ("a/parked", 1), ("b", 7)];
    assert_eq!(listed().await, expected.map(|(name, position)| (name.to_owned(), position)));
}

pub(super) async fn rows_move_with_it(harness: &dyn Harness) {
    let store = open(harness).await;
    let runner = |from, to, amount| Write::new().put(&BALANCES, balance("a", amount)).checkpoint("balances", from, to);
    runner(0, 1, 10).stored(&*store).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, Some(balance("a", 10)));
    runner(0, 2, 20).refused(&*store, ErrorKind::Conflict).await;
    runner(1, 2, 30).stored(&*store).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, Some(balance("a", 30)));
    let backwards = Write::new().delete(&BALANCES, text_key("a")).checkpoint("balances", 1, 0);
    backwards.refused(&*store, ErrorKind::Conflict).await;
    Write::new().delete(&BALANCES, text_key("a")).checkpoint("balances", 2, 0).stored(&*store).await;
    assert_eq!((checkpoint(&*store, "balances").await, rows(&*store, &BALANCES).await), (0, vec![]));
}

pub(super) async fn subscriptions_are_apart(harness: &dyn Harness) {
    let store = open(harness).await;
    let names = ["balances", "Balances", "balances ", "balances%", "zoë/👍"];
    for (to, name) in (1..).zip(names) {
        Write::new().checkpoint(name, 0, to).stored(&*store).await;
    }
    for (to, name) in (1..).zip(names) {
        assert_eq!(checkpoint(&*store, name).await, to, "`{name}`");
    }
    Write::new().checkpoint("balances", 1, 11).checkpoint("Balances", 2, 12).stored(&*store).await;
    assert_eq!(checkpoint(&*store, "balances").await, 11);
    assert_eq!(checkpoint(&*store, "Balances").await, 12);
}

pub(super) async fn second_wrong_checkpoint_undoes_the_first(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().checkpoint("balances", 0, 1).stored(&*store).await;
    let both = Write::new().checkpoint("balances", 1, 2).checkpoint("alerts", 1, 2);
    both.refused(&*store, ErrorKind::Conflict).await;
    Write::new().checkpoint("balances", 1, 2).checkpoint("alerts", 0, 2).stored(&*store).await;
}

pub(super) async fn one_subscription_twice_is_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    let before = contents(&*store).await;
    let twice = Write::new().checkpoint("balances", 0, 1).checkpoint("balances", 1, 2);
    twice.invalid(&*store, "balances").await;
    assert_eq!(contents(&*store).await, before);
}
