//! The memory store keeps the contract of every store, and its parts what they promise at sizes the contract does not reach.

use std::{collections::BTreeSet, sync::Arc};

use super::{chunks::Chunks, places::Places};
use crate::{
    BoxFuture, MemoryStore, MessageId, MessageKind, NewRecord, Origin, Store, StreamName, Timestamp, TypeName,
    conformance::Harness,
    store::{Append, Commit, Direction, Expected, PageLimit, ReadFrom},
};

mod contract {
    use super::*;

    struct Memory;

    impl Harness for Memory {
        fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
            Box::pin(async { Arc::new(MemoryStore::default()) as Arc<dyn Store> })
        }
    }

    crate::conformance!(Memory);
}

#[test]
fn chunks_are_one_list() {
    let mut chunks = Chunks::default();
    for number in 0..10_000_u64 {
        assert_eq!(chunks.len() as u64, number);
        chunks.push(number * 2);
    }
    for index in [0, 1, 4_095, 4_096, 4_097, 8_191, 8_192, 9_999] {
        assert_eq!(chunks.get(index), Some(&(index as u64 * 2)));
        assert_eq!(chunks.get_mut(index).copied(), Some(index as u64 * 2));
        assert_eq!(chunks.from(index).next(), Some(&(index as u64 * 2)));
        assert_eq!(chunks.from(index).count(), 10_000 - index);
        assert_eq!(chunks.before(index).count(), index);
        assert_eq!(chunks.count_below(index as u64 * 2), index);
        assert_eq!(chunks.count_below(index as u64 * 2 + 1), index + 1);
    }
    for beyond in [10_000, 12_287, 12_288, usize::MAX] {
        assert_eq!(chunks.get(beyond), None);
        assert_eq!(chunks.get_mut(beyond), None);
        assert_eq!((chunks.from(beyond).count(), chunks.before(beyond).count()), (0, 10_000));
    }
    assert_eq!(chunks.count_below(u64::MAX), 10_000);
}

#[test]
fn places_are_found_whatever_their_hashes() {
    // All in one table, many with one hash.
    let hash = |place: usize| (place as u64 % 100) << 3;
    let mut places = Places::default();
    for place in 0..3_000 {
        assert_eq!(places.find(hash(place), |found| found == place), None);
        places.insert(hash(place), place);
    }
    for place in 0..3_000 {
        assert_eq!(places.find(hash(place), |found| found == place), Some(place));
    }
    let mut seen = BTreeSet::new();
    assert_eq!(places.find(hash(7), |found| !seen.insert(found)), None);
    assert!(seen.len() >= 30 && seen.iter().all(|&place| hash(place) == hash(7)), "{seen:?}");
    assert_eq!(places.find(1 << 63, |_| true), None);
}

#[test]
fn clones_share_one_store() {
    let store = MemoryStore::default();
    pollster::block_on(fill(&store.clone(), 1));
    assert_eq!(pollster::block_on(store.head()).unwrap(), 2);
    assert_eq!(format!("{store:?}"), "MemoryStore { head: 2, .. }");
}

#[test]
fn long_logs_are_read_right() {
    let store = MemoryStore::default();
    pollster::block_on(async {
        fill(&store, 5_000).await;
        let read = async |from| {
            let records = store.read(from, PageLimit { records: 3, bytes: usize::MAX }).await.unwrap();
            records.iter().map(|record| record.metadata.global_position).collect::<Vec<_>>()
        };
        let name = &StreamName::parse("account-1");
        let (forwards, backwards) = (Direction::Forwards, Direction::Backwards);
        for position in [4_094, 4_095, 4_096, 4_097, 4_990] {
            assert_eq!(read(ReadFrom::All { position, direction: forwards }).await, [position, position + 1, position + 2]);
            assert_eq!(read(ReadFrom::All { position, direction: backwards }).await, [position, position - 1, position - 2]);
            // Every other record is of this stream, from the first.
            let global = position * 2 + 1;
            let expected = [global, global + 2, global + 4];
            assert_eq!(read(ReadFrom::Stream { name, position, direction: forwards }).await, expected);
            assert_eq!(read(ReadFrom::Category { name: "account", position: global, direction: forwards }).await, expected);
            let expected = [global, global - 2, global - 4];
            assert_eq!(read(ReadFrom::Stream { name, position, direction: backwards }).await, expected);
            assert_eq!(read(ReadFrom::Category { name: "account", position: global + 1, direction: backwards }).await, expected);
        }
    });
}

/// Commits so many times one record to `account-1` and one to a stream of its own.
async fn fill(store: &MemoryStore, commits: usize) {
    let origin =
        Origin { correlation_id: MessageId::named("fill"), causation_id: None, process: None, priority: 0, extensions: None };
    for number in 0..commits {
        let mut commit = Commit::new(Timestamp::UNIX_EPOCH, origin.clone());
        for stream in [StreamName::parse("account-1"), StreamName::new("transfer", number)] {
            let record = NewRecord {
                id: MessageId::named("record"),
                type_name: TypeName::parse("Memory.Filled.v1"),
                kind: MessageKind::Event,
                schema_version: 1,
                payload: "{}".into(),
            };
            commit.appends.push(Append { stream, expected: Expected::Any, records: smallvec::smallvec![record] });
        }
        store.commit(commit).await.unwrap();
    }
}
