//! Appending: where a stream must be, what happens together, what comes back.

use std::{collections::BTreeMap, sync::Arc};

use smallvec::smallvec;

use super::{
    Harness,
    material::{BALANCES, at, balance, contents, event, log, open, read, stream, texts},
    write::Write,
};
use crate::{
    MessageId, MessageKind, NewRecord, Origin, Recorded, Store, TypeName,
    store::{Append, Direction, Expected, ReadFrom},
};

/// A store with `account-1` at version 2.
async fn with_stream(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    Write::new().append("account-1", Expected::NoStream, ["a", "b", "c"]).stored(&*store).await;
    store
}

async fn payloads(store: &dyn Store, name: &str) -> Vec<Box<str>> {
    let name = stream(name);
    let from = ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards };
    read(store, from).await.iter().map(|record| record.payload.clone()).collect()
}

pub(super) async fn any_version_is_taken(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    Write::new().append("account-1", Expected::Any, ["d"]).stored(&*store).await;
    Write::new().append("account-2", Expected::Any, ["e"]).stored(&*store).await;
    assert_eq!(texts(&log(&*store).await), ["a", "b", "c", "d", "e"]);
}

pub(super) async fn no_stream_needs_an_absent_stream(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let again = Write::new().append("account-1", Expected::NoStream, ["d"]);
    again.conflicts(&*store, "account-1", Expected::NoStream, Some(2)).await;
    Write::new().append("account-2", Expected::NoStream, ["d"]).stored(&*store).await;
}

pub(super) async fn exists_needs_a_stream(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let absent = Write::new().append("account-2", Expected::Exists, ["d"]);
    absent.conflicts(&*store, "account-2", Expected::Exists, None).await;
    Write::new().append("account-1", Expected::Exists, ["d"]).stored(&*store).await;
}

pub(super) async fn version_needs_that_version(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    for version in [0, 1, 3, 4, u64::MAX] {
        let elsewhere = Write::new().append("account-1", Expected::Version(version), ["d"]);
        elsewhere.conflicts(&*store, "account-1", Expected::Version(version), Some(2)).await;
    }
    for version in [0, 1, u64::MAX] {
        let absent = Write::new().append("account-2", Expected::Version(version), ["d"]);
        absent.conflicts(&*store, "account-2", Expected::Version(version), None).await;
    }
    Write::new().append("account-1", Expected::Version(2), ["d"]).stored(&*store).await;
    let stale = Write::new().append("account-1", Expected::Version(2), ["e"]);
    stale.conflicts(&*store, "account-1", Expected::Version(2), Some(3)).await;
}

pub(super) async fn several_streams_are_written_together(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let transfer = Write::new()
        .append("account-2", Expected::NoStream, ["d", "e"])
        .append("account-1", Expected::Version(2), ["f"])
        .append("transfer-1", Expected::Any, ["g"]);
    let committed = transfer.stored(&*store).await;
    assert_eq!(texts(&committed.records), ["d", "e", "f", "g"]);
    assert_eq!(committed.head, 7);
    assert_eq!(log(&*store).await[3..], committed.records[..], "what is answered is what is stored");
}

pub(super) async fn conflict_on_the_second_stream_undoes_the_first(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let transfer = Write::new()
        .append("account-2", Expected::NoStream, ["d"])
        .append("account-1", Expected::Version(1), ["e"])
        .put(&BALANCES, balance("account-2", 1))
        .checkpoint("balances", 0, 3)
        .settle("first command", "1");
    transfer.conflicts(&*store, "account-1", Expected::Version(1), Some(2)).await;
    assert_eq!(store.version(&stream("account-2")).await.expect("a version can be read"), None);
}

pub(super) async fn append_without_records_compares(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    for (name, expected, actual) in [
        ("account-1", Expected::NoStream, Some(2)),
        ("account-1", Expected::Version(1), Some(2)),
        ("account-1", Expected::Version(3), Some(2)),
        ("account-2", Expected::Exists, None),
        ("account-2", Expected::Version(0), None),
    ] {
        let decision = Write::new().append(name, expected, []).append("account-3", Expected::NoStream, ["d"]);
        decision.conflicts(&*store, name, expected, actual).await;
        // Even when it is all there is.
        Write::new().append(name, expected, []).conflicts(&*store, name, expected, actual).await;
    }
    let decision = Write::new().append("account-1", Expected::Version(2), []).append("account-3", Expected::NoStream, ["d"]);
    let committed = decision.stored(&*store).await;
    assert_eq!(texts(&committed.records), ["d"]);
}

pub(super) async fn append_without_records_creates_nothing(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let before = contents(&*store).await;
    for expected in [Expected::Any, Expected::NoStream] {
        let committed = Write::new().append("account-2", expected, []).stored(&*store).await;
        assert_eq!((committed.records.len(), committed.head), (0, 3));
    }
    assert_eq!(contents(&*store).await, before);
    assert_eq!(store.version(&stream("account-2")).await.expect("a version can be read"), None);
    Write::new().append("account-2", Expected::NoStream, ["d"]).stored(&*store).await;
}

pub(super) async fn nothing_to_store_answers_the_head(harness: &dyn Harness) {
    let store = open(harness).await;
    let committed = Write::new().stored(&*store).await;
    assert_eq!((committed.records.len(), committed.head), (0, 0));
    Write::new().append("account-1", Expected::Any, ["a", "b"]).stored(&*store).await;
    let before = contents(&*store).await;
    let committed = Write::new().stored(&*store).await;
    assert_eq!((committed.records.len(), committed.head), (0, 2));
    assert_eq!(contents(&*store).await, before);
}

pub(super) async fn one_stream_twice_is_refused(harness: &dyn Harness) {
    let store = with_stream(harness).await;
    let twice = || Write::new().append("account-2", Expected::Any, ["d"]).append("account-1", Expected::Any, ["e"]);
    twice().append("account-2", Expected::Any, ["f"]).invalid(&*store, "account-2").await;
    twice().append("account-1", Expected::Version(2), []).invalid(&*store, "account-1").await;
}

pub(super) async fn large_payloads_come_back(harness: &dyn Harness) {
    let store = open(harness).await;
    let large = "0123456789abcdef".repeat(1 << 16);
    Write::new().records("account-1", Expected::Any, [event(&large), event("small"), event(&large)]).stored(&*store).await;
    let log = log(&*store).await;
    assert!(texts(&log) == [large.as_str(), "small", large.as_str()], "a payload of a mebibyte came back changed");
}

pub(super) async fn payloads_stay_as_written(harness: &dyn Harness) {
    let store = open(harness).await;
    let written = [
        r#"{"amount":10000000000000000}"#,
        r#"{"amount":1e16, "exact" : 1.0,"many":123456789012345678901234567890.10}"#,
        "{ \"z\" :1,\t\"a\": [ ],\n \"z\":2 }",
        r#"{"name":"Zoë 👩‍👩‍👧 \u00e9 \" \\ \/"}"#,
        r#"{"nul":"before\u0000after"}"#,
        r#""just a text""#,
        "null",
        "{}",
        "-0.0",
    ];
    let records = written.map(|payload| NewRecord { payload: payload.into(), ..event("payload") });
    let committed = Write::new().records("account-1", Expected::Any, records).stored(&*store).await;
    let answered: Vec<_> = committed.records.iter().map(|record| &*record.payload).collect();
    assert_eq!(answered, written);
    let stored = payloads(&*store, "account-1").await;
    assert_eq!(stored.iter().map(|payload| &**payload).collect::<Vec<_>>(), written);
}

pub(super) async fn metadata_comes_back(harness: &dyn Harness) {
    let store = open(harness).await;
    let extensions = [("trace", "00-4bf9-01"), ("", "no name"), ("Zoë 👍", "line\nbreak \"quoted\"")];
    let origins = [
        Origin {
            correlation_id: MessageId::named("correlation"),
            causation_id: Some(MessageId::named("cause")),
            process: Some(stream("fidelis::funds_transfer-7")),
            priority: i16::MAX,
            extensions: Some(Arc::new(BTreeMap::from(extensions.map(|(name, text)| (name.to_owned(), text.to_owned()))))),
        },
        Origin {
            correlation_id: MessageId::named("other"),
            causation_id: None,
            process: None,
            priority: i16::MIN,
            extensions: None,
        },
    ];
    let kinds = [MessageKind::Event, MessageKind::Fact, MessageKind::Command, MessageKind::Snapshot, MessageKind::Transition];
    let mut expected = Vec::new();
    for (time, origin) in (1..).zip(origins) {
        let mut write = Write::at(at(time));
        write.0.origin = origin.clone();
        let records = kinds.iter().enumerate().map(|(index, &kind)| NewRecord {
            id: MessageId::named(&format!("{time}/{index}")),
            type_name: TypeName::parse(&format!("Conformance.Kind{index}.v{index}")),
            kind,
            schema_version: if index == 0 { u32::MAX } else { 1 },
            payload: "{}".into(),
        });
        let records: Vec<_> = records.collect();
        write.0.appends.push(Append {
            stream: stream("fidelis::account-1"),
            expected: Expected::Any,
            records: records.clone().into(),
        });
        write.stored(&*store).await;
        expected.extend(records.into_iter().map(|record| (record, origin.clone(), at(time))));
    }
    let log = log(&*store).await;
    assert_eq!(log.len(), expected.len());
    for (index, (recorded, (record, origin, time))) in log.iter().zip(expected).enumerate() {
        let metadata = crate::Metadata {
            id: record.id,
            type_name: record.type_name,
            kind: record.kind,
            stream: stream("fidelis::account-1"),
            position: index as u64,
            global_position: index as u64 + 1,
            time,
            schema_version: record.schema_version,
            origin,
        };
        assert_eq!(**recorded, Recorded { metadata, payload: record.payload });
    }
}

pub(super) async fn many_records_in_one_commit(harness: &dyn Harness) {
    let store = open(harness).await;
    let text = |stream: usize, record: usize| format!("{stream}/{record}");
    let mut write = Write::new();
    for stream in 0..50 {
        let records = (0..20).map(|record| event(&text(stream, record)));
        write = write.records(&format!("account-{stream}"), Expected::NoStream, records);
    }
    let committed = write.stored(&*store).await;
    assert_eq!(committed.head, 1_000);
    let expected: Vec<_> = (0..50).flat_map(|stream| (0..20).map(move |record| text(stream, record))).collect();
    assert_eq!(texts(&committed.records), expected);
    assert_eq!(texts(&log(&*store).await), expected);
}

pub(super) async fn unusual_stream_names_are_kept(harness: &dyn Harness) {
    let store = open(harness).await;
    let long = format!("account-{}", "x".repeat(300));
    let names = [
        "account-1",
        "Account-1",
        "account-1 ",
        "account-O'Brien",
        "account-%",
        "account-_",
        "account-Zoë",
        "account-Zoe\u{308}",
        "account-👍",
        "account-a-b-c",
        "account-\\",
        "account-\"",
        "account-",
        "fidelis::account:command-1",
        &long,
    ];
    for name in names {
        let mut write = Write::new();
        write.0.appends =
            smallvec![Append { stream: stream(name), expected: Expected::NoStream, records: smallvec![event("a")] }];
        write.stored(&*store).await;
    }
    let stored: Vec<_> = log(&*store).await.iter().map(|record| record.metadata.stream.to_string()).collect();
    assert_eq!(stored, names);
    for name in names {
        let version = store.version(&stream(name)).await.expect("a version can be read");
        assert_eq!((payloads(&*store, name).await.len(), version), (1, Some(0)), "`{name}`");
    }
}
