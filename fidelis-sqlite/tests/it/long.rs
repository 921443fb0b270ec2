//! A long history: read in pages, in the memory of a page.

use std::path::Path;

use fidelis_core::{
    Store, TypeName, block_on,
    store::{Direction, Interest, PageLimit, ReadFrom},
};

use fidelis_sqlite::SqliteStore;

use crate::material::{by_hand, ended, file, open, spawn, task, typed, write};

const EVENTS: u64 = 500_000;

/// The most memory this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this system tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it tells the peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Reads in pages, up to this position; gives how many there were.
fn count<'a>(store: &SqliteStore, end: u64, from: impl Fn(u64) -> ReadFrom<'a>) -> u64 {
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
fn reads(path: &Path) {
    let store = open(path);
    let interest = Interest { types: vec![TypeName::parse("Test.Happened.v1")] };
    let all = |position| ReadFrom::All { position, direction: Direction::Forwards };
    let category = |position| ReadFrom::Category { name: "account", position, direction: Direction::Forwards };
    let interesting = |position| ReadFrom::Interest { interest: &interest, position };
    let pass = |end| [count(&store, end, all), count(&store, end, category), count(&store, end, interesting)];
    assert_eq!(pass(EVENTS / 10), [EVENTS / 10; 3]);
    let before = peak();
    assert_eq!(pass(EVENTS), [EVENTS, EVENTS - 1, EVENTS - 1]);
    let grown = peak() - before;
    // All of it would be 150 MiB and more; each of the four threads that read may come to its own cache and page meanwhile.
    assert!(grown < 64 << 10, "reading ten times as much took {grown} KiB more");
}

#[test]
fn memory_is_flat_while_half_a_million_events_are_read() {
    let test = "long::memory_is_flat_while_half_a_million_events_are_read";
    if let Some(path) = task() {
        return reads(Path::new(&path));
    }
    let (_folder, path) = file();
    write(&open(&path), typed("account-1", "Test.Happened.v1", "first"));
    // Copies of the first, but for one in the middle.
    let other = EVENTS / 2;
    let copies = format!(
        "INSERT INTO fidelis_types (id, name) VALUES (2, 'Test.Rare.v1');
         INSERT INTO fidelis_categories (id, name) VALUES (2, 'rare');
         INSERT INTO fidelis_streams (id, name, category) VALUES (2, 'rare-1', 2);
         WITH RECURSIVE number (n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM number WHERE n < {EVENTS})
         INSERT INTO fidelis_records SELECT n, CASE n WHEN {other} THEN 2 ELSE type END, CASE n WHEN {other} THEN 2 ELSE category END,
             CASE n WHEN {other} THEN 2 ELSE stream END, CASE WHEN n = {other} THEN 0 WHEN n > {other} THEN n - 2 ELSE n - 1 END,
             time, kind, schema_version, priority, id, correlation, causation, process, extensions, payload || hex(zeroblob(60))
         FROM number CROSS JOIN (SELECT * FROM fidelis_records WHERE position = 1);
         INSERT OR IGNORE INTO fidelis_marks SELECT 0, type, position / 256 FROM fidelis_records;
         INSERT OR IGNORE INTO fidelis_marks SELECT 1, category, position / 256 FROM fidelis_records;"
    );
    by_hand(&path).execute_batch(&copies).expect("they can be made");
    ended(spawn(test, &path.display().to_string()));

    // What is rare is found without looking through the rest.
    let store = open(&path);
    let interest = Interest { types: vec![TypeName::parse("Test.Rare.v1")] };
    let rare = block_on(store.read(ReadFrom::Interest { interest: &interest, position: 1 }, PageLimit::default()));
    let positions = |page: Vec<std::sync::Arc<fidelis_core::Recorded>>| -> Vec<u64> {
        page.iter().map(|record| record.metadata.global_position).collect()
    };
    assert_eq!(positions(rare.expect("it can be read")), [other]);
    for (position, direction) in [(1, Direction::Forwards), (u64::MAX, Direction::Backwards)] {
        let from = ReadFrom::Category { name: "rare", position, direction };
        assert_eq!(positions(block_on(store.read(from, PageLimit::default())).expect("it can be read")), [other]);
    }
}
