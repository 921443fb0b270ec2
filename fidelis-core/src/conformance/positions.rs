//! Positions: gapless, in the order of commits, and taken only by what is stored.

use super::{
    Harness,
    material::{BALANCES, balance, log, open, positions, read, stream, text_key, texts},
    write::Write,
};
use crate::{
    ErrorKind, Store,
    store::{Direction, Expected, ReadFrom},
};

pub(super) async fn log_counts_from_one_without_gaps(harness: &dyn Harness) {
    let store = open(harness).await;
    for (name, head) in [("account-1", 2), ("account-2", 4), ("account-1", 6), ("transfer-1", 8)] {
        let committed = Write::new().append(name, Expected::Any, ["a", "b"]).stored(&*store).await;
        assert_eq!(positions(&committed.records), [head - 1, head]);
        assert_eq!(committed.head, head);
    }
    assert_eq!(positions(&log(&*store).await), [1, 2, 3, 4, 5, 6, 7, 8]);
}

pub(super) async fn streams_count_from_zero_without_gaps(harness: &dyn Harness) {
    let store = open(harness).await;
    for name in ["account-1", "account-2", "account-1", "account-1"] {
        Write::new().append(name, Expected::Any, ["a", "b"]).stored(&*store).await;
    }
    for (name, expected) in [("account-1", 0..6), ("account-2", 0..2)] {
        let name = stream(name);
        let records = read(&*store, ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards }).await;
        let found: Vec<_> = records.iter().map(|record| record.metadata.position).collect();
        assert_eq!(found, expected.collect::<Vec<u64>>(), "`{name}`");
    }
}

pub(super) async fn records_stand_in_the_order_of_appends(harness: &dyn Harness) {
    let store = open(harness).await;
    let names = ["z-1", "a-1", "m-2", "m-1", "a-0"];
    let write = names.iter().fold(Write::new(), |write, name| {
        let texts = [format!("{name} first"), format!("{name} second")];
        write.append(name, Expected::NoStream, [&texts[0], &texts[1]])
    });
    write.stored(&*store).await;
    let expected: Vec<_> = names.iter().flat_map(|name| [format!("{name} first"), format!("{name} second")]).collect();
    assert_eq!(texts(&log(&*store).await), expected);
}

pub(super) async fn refused_commits_take_no_position(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().append("account-1", Expected::NoStream, ["a"]).settle("first command", "1").stored(&*store).await;
    let conflict = Write::new().append("account-1", Expected::NoStream, ["b", "c"]);
    conflict.refused(&*store, ErrorKind::Conflict).await;
    let conflict = Write::new().append("account-2", Expected::NoStream, ["d"]).append("account-1", Expected::Version(7), ["e"]);
    conflict.refused(&*store, ErrorKind::Conflict).await;
    let conflict = Write::new().append("account-3", Expected::NoStream, ["f"]).checkpoint("balances", 9, 10);
    conflict.refused(&*store, ErrorKind::Conflict).await;
    let invalid = Write::new().append("account-4", Expected::Any, ["g"]).append("account-4", Expected::Any, ["h"]);
    invalid.refused(&*store, ErrorKind::Invalid).await;
    Write::new().append("account-5", Expected::Any, ["i"]).settle("first command", "1").repeated(&*store).await;
    Write::new().append("account-1", Expected::Version(0), ["j"]).stored(&*store).await;
    let log = log(&*store).await;
    assert_eq!((texts(&log), positions(&log)), (vec!["a", "j"], vec![1, 2]));
}

pub(super) async fn commits_without_records_take_no_position(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().append("account-1", Expected::Any, ["a"]).stored(&*store).await;
    for write in [
        Write::new().put(&BALANCES, balance("a", 1)),
        Write::new().delete(&BALANCES, text_key("a")),
        Write::new().checkpoint("balances", 0, 1),
        Write::new().settle("first command", "1"),
        Write::new().promote(&BALANCES),
        Write::new(),
    ] {
        let committed = write.stored(&*store).await;
        assert_eq!((committed.records.len(), committed.head), (0, 1));
    }
    let committed = Write::new().append("account-1", Expected::Version(0), ["b"]).stored(&*store).await;
    assert_eq!(positions(&committed.records), [2]);
}

pub(super) async fn head_and_version_follow_the_log(harness: &dyn Harness) {
    let store = open(harness).await;
    let where_at = async |store: &dyn Store| {
        let head = store.head().await.expect("a store has a head");
        let one = store.version(&stream("account-1")).await.expect("a version can be read");
        let two = store.version(&stream("account-2")).await.expect("a version can be read");
        (head, one, two)
    };
    assert_eq!(where_at(&*store).await, (0, None, None));
    Write::new().append("account-1", Expected::Any, ["a"]).stored(&*store).await;
    assert_eq!(where_at(&*store).await, (1, Some(0), None));
    Write::new().append("account-2", Expected::Any, ["b", "c"]).stored(&*store).await;
    assert_eq!(where_at(&*store).await, (3, Some(0), Some(1)));
    Write::new().append("account-2", Expected::Any, ["d"]).append("account-1", Expected::Any, ["e"]).stored(&*store).await;
    assert_eq!(where_at(&*store).await, (5, Some(1), Some(2)));
}
