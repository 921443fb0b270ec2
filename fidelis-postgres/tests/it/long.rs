//! A long history: read in pages, in the memory of a page.

use std::{env, process::Command};

use fidelis_core::{
    Store, TypeName, block_on,
    store::{Direction, Expected, Interest, PageLimit, ReadFrom},
};
use fidelis_postgres::{PostgresOptions, PostgresStore};

use crate::{
    database::Place,
    material::{DEPOSIT, DEPOSITS, committed, deposit},
};

const EVENTS: u64 = 500_000;

/// Where the child of the test finds the log.
const TASK: &str = "FIDELIS_TEST_LONG";

/// The most memory this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this system tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it tells the peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Reads in pages, up to this position; gives how many there were.
fn count<'a>(store: &PostgresStore, end: u64, from: impl Fn(u64) -> ReadFrom<'a>) -> u64 {
    let (mut next, mut count) = (1, 0);
    while next <= end {
        let page = block_on(store.read(from(next), PageLimit::default())).expect("it can be read");
        let Some(last) = page.last() else { return count };
        next = last.metadata.global_position + 1;
        count += page.len() as u64;
    }
    count
}

/// What has to be kept ready is there after a tenth; from then on nothing is added.
fn reads(options: PostgresOptions) {
    let store = block_on(PostgresStore::connect_with(options)).unwrap();
    let interest = Interest { types: vec![TypeName::parse(DEPOSIT)] };
    let all = |position| ReadFrom::All { position, direction: Direction::Forwards };
    let category = |position| ReadFrom::Category { name: "account", position, direction: Direction::Forwards };
    let interesting = |position| ReadFrom::Interest { interest: &interest, position };
    let pass = |end| [count(&store, end, all), count(&store, end, category), count(&store, end, interesting)];
    // A page does not end at a position.
    let first = pass(EVENTS / 10);
    assert!(first.iter().all(|&count| (EVENTS / 10..EVENTS / 5).contains(&count)), "{first:?}");
    let before = peak();
    assert_eq!(pass(EVENTS), [EVENTS, EVENTS - 1, EVENTS - 1]);
    let grown = peak() - before;
    // All of it would be 250 MiB and more.
    assert!(grown < 32 << 10, "reading ten times as much took {grown} KiB more");
}

#[test]
fn memory_is_flat_while_half_a_million_events_are_read() {
    let test = "long::memory_is_flat_while_half_a_million_events_are_read";
    if !Place::is_there("half a million events") {
        return;
    }
    let place = match env::var(TASK) {
        Ok(schema) => {
            let url = env::var("FIDELIS_TEST_POSTGRES_URL").unwrap();
            return reads(url.parse::<PostgresOptions>().unwrap().schema(&schema).unwrap());
        }
        Err(_) => Place::new(),
    };
    let store = block_on(place.open());
    block_on(store.prepare(&[&DEPOSITS])).unwrap();
    committed(block_on(store.commit(deposit("account-1", Expected::Any, "first"))));
    drop(store);
    // Copies of the first, but for one in the middle, as a bulk load would write them.
    let other = EVENTS / 2;
    place.ask(&format!(
        "INSERT INTO {{schema}}.events (position, stream, stream_position, category, type, kind, time, nanoseconds, id, payload, \
             schema_version, correlation_id, causation_id, process, process_category, priority, extensions) \
         SELECT n, CASE n WHEN {other} THEN 'rare-1' ELSE stream END, \
             CASE WHEN n = {other} THEN 0 WHEN n > {other} THEN n - 2 ELSE n - 1 END, \
             CASE n WHEN {other} THEN 'rare' ELSE category END, CASE n WHEN {other} THEN 'Test.Rare.v1' ELSE type END, kind, time, \
             nanoseconds, id, to_json(repeat('x', 120)), schema_version, correlation_id, causation_id, process, process_category, \
             priority, extensions \
         FROM generate_series(2, {EVENTS}) n CROSS JOIN (SELECT * FROM {{schema}}.events WHERE position = 1) first; \
         UPDATE {{schema}}.batches SET head = {EVENTS} WHERE batch = (SELECT max(batch) FROM {{schema}}.batches); \
         ANALYZE {{schema}}.events"
    ));
    let child = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(TASK, place.schema())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));

    // What is rare is found without looking through the rest.
    let store = block_on(place.open());
    let interest = Interest { types: vec![TypeName::parse("Test.Rare.v1")] };
    let found = |from| -> Vec<u64> {
        let page = block_on(store.read(from, PageLimit::default())).unwrap();
        page.iter().map(|record| record.metadata.global_position).collect()
    };
    assert_eq!(found(ReadFrom::Interest { interest: &interest, position: 1 }), [other]);
    for (position, direction) in [(1, Direction::Forwards), (u64::MAX, Direction::Backwards)] {
        assert_eq!(found(ReadFrom::Category { name: "rare", position, direction }), [other]);
    }
    // And it is written on.
    let committed = committed(block_on(store.commit(deposit("account-1", Expected::Version(EVENTS - 2), "last"))));
    assert_eq!(committed.head, EVENTS + 1);
}
