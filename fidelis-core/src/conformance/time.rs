//! Time: what the clock said, but never before what is recorded already.

use jiff::{SignedDuration, Timestamp};

use super::{
    Harness,
    material::{BALANCES, at, balance, log, open},
    write::Write,
};
use crate::{Store, store::Expected};

async fn times(store: &dyn Store) -> Vec<Timestamp> {
    log(store).await.iter().map(|record| record.metadata.time).collect()
}

pub(super) async fn records_carry_the_time_of_their_commit(harness: &dyn Harness) {
    let store = open(harness).await;
    let micros = |micros| at(5) + SignedDuration::from_micros(micros);
    Write::at(at(3)).append("a-1", Expected::Any, ["a", "b"]).append("b-1", Expected::Any, ["c"]).stored(&*store).await;
    Write::at(micros(1)).append("a-1", Expected::Any, ["d"]).stored(&*store).await;
    Write::at(micros(2)).append("a-1", Expected::Any, ["e"]).stored(&*store).await;
    assert_eq!(times(&*store).await, [at(3), at(3), at(3), micros(1), micros(2)]);
}

pub(super) async fn time_stands_still_when_the_clock_goes_back(harness: &dyn Harness) {
    let store = open(harness).await;
    for (clock, name) in [(100, "a-1"), (40, "a-1"), (-3_000, "b-1"), (99, "c-1"), (101, "b-1"), (7, "a-1")] {
        Write::at(at(clock)).append(name, Expected::Any, ["a"]).stored(&*store).await;
    }
    // What holds no record leaves no trace in the log, not even in its time.
    Write::at(at(500)).put(&BALANCES, balance("a", 1)).stored(&*store).await;
    Write::at(at(102)).append("a-1", Expected::Any, ["a"]).stored(&*store).await;
    assert_eq!(times(&*store).await, [100, 100, 100, 100, 101, 101, 102].map(at));
}

pub(super) async fn answered_time_is_stored_time(harness: &dyn Harness) {
    let store = open(harness).await;
    let mut answered = Vec::new();
    for nanos in [999, 123_456_789, 123_456_788, 999_999_999] {
        let time = at(1) + SignedDuration::from_nanos(nanos);
        let committed = Write::at(time).append("a-1", Expected::Any, ["a"]).stored(&*store).await;
        answered.extend(committed.records.iter().map(|record| record.metadata.time));
    }
    assert_eq!(times(&*store).await, answered);
    assert!(answered.is_sorted(), "{answered:?}");
}
