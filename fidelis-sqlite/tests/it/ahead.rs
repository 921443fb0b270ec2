//! Large pages that are read ahead: they hold what is there when they are asked for.

use fidelis_core::{
    MessageId, MessageKind, NewRecord, Store, TypeName, block_on,
    store::{Direction, Interest, PageLimit, ReadFrom},
};
use fidelis_sqlite::SqliteStore;

use crate::material::{appended, file, open, write};

const PAGE: PageLimit = PageLimit { records: 10_000, bytes: usize::MAX };

/// Appends this many records at once.
fn many(store: &SqliteStore, count: usize) {
    let mut commit = appended("account-1", "0");
    commit.appends[0].records = (0..count)
        .map(|number| NewRecord {
            id: MessageId::named(&number.to_string()),
            type_name: TypeName::parse("Test.Happened.v1"),
            kind: MessageKind::Event,
            schema_version: 1,
            payload: number.to_string().into(),
        })
        .collect();
    write(store, commit);
}

/// The next page, which begins at `position`: how many it has.
fn page(store: &SqliteStore, position: u64) -> usize {
    let interest = Interest { types: vec![TypeName::parse("Test.Happened.v1")] };
    let page = block_on(store.read(ReadFrom::Interest { interest: &interest, position }, PAGE)).expect("it can be read");
    for (expected, record) in (position..).zip(&page) {
        assert_eq!(record.metadata.global_position, expected);
    }
    page.len()
}

#[test]
fn pages_are_read_ahead_and_miss_nothing() {
    let (_folder, path) = file();
    let store = open(&path);
    many(&store, 25_000);
    assert_eq!(page(&store, 1), 10_000);
    assert_eq!(page(&store, 10_001), 10_000);
    // The end of the log was read ahead, but it is not the end any more.
    many(&store, 5_000);
    assert_eq!(page(&store, 20_001), 10_000);
    many(&store, 3);
    assert_eq!(page(&store, 30_001), 3);
    assert_eq!(page(&store, 30_004), 0);
}

/// Marks are written with the records, in every block: what is found by category is all there is.
#[test]
fn categories_are_read_to_their_end() {
    let (_folder, path) = file();
    let store = open(&path);
    many(&store, 1_000);
    write(&store, appended("other-1", "in between"));
    many(&store, 1_000);
    for (name, direction, count) in [
        ("account", Direction::Forwards, 2_000),
        ("account", Direction::Backwards, 2_000),
        ("other", Direction::Forwards, 1),
        ("other", Direction::Backwards, 1),
    ] {
        let position = if direction == Direction::Forwards { 1 } else { u64::MAX };
        let page = block_on(store.read(ReadFrom::Category { name, position, direction }, PAGE)).expect("it can be read");
        assert_eq!(page.len(), count, "{name} {direction:?}");
    }
}

#[test]
fn who_asks_for_something_else_gets_that() {
    let (_folder, path) = file();
    let store = open(&path);
    many(&store, 25_000);
    assert_eq!(page(&store, 1), 10_000);
    assert_eq!(page(&store, 5_001), 10_000);
    assert_eq!(page(&store, 10_001), 10_000);
    let interest = Interest { types: vec![TypeName::parse("Test.Other.v1")] };
    let other = block_on(store.read(ReadFrom::Interest { interest: &interest, position: 20_001 }, PAGE));
    assert_eq!(other.expect("it can be read").len(), 0);
    assert_eq!(page(&store, 20_001), 5_000);
}
