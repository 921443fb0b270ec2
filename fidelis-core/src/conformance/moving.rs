//! Logs that are moved into the store and out of it, and that go on there.

pub(crate) mod log;

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

use self::log::{CHARACTERS, Log};
use super::{
    Harness,
    material::{at, open},
    model::random::Random,
    write::Write,
};
use crate::{
    ErrorKind, MemoryStore, Store,
    interchange::{Export, Import, UNFINISHED},
    store::{Expected, PageLimit},
};

const LOGS: u64 = 12;

/// JSON as people write it: with blanks and line breaks, which stay where they are.
fn payload(random: &mut Random) -> String {
    let texts = [
        "{}",
        "null",
        "0.10",
        "{ \"a\" : [1e400, \"\\u00e9 👍\"] }",
        "[\n1\r\n]",
        "\"\\ud83d\\ude00\"",
        "{\"b\":1,\"a\":2,\"b\":3}",
        " 1 ",
    ];
    random.of(&texts).to_owned()
}

async fn filled(log: &Log) -> MemoryStore {
    let store = MemoryStore::default();
    store.commit(log.commit()).await.expect("the log can be taken over");
    store
}

async fn exported(store: &dyn Store) -> Vec<u8> {
    let mut file = Vec::new();
    let page = PageLimit { records: 7, bytes: usize::MAX };
    Export::of("conformance", store).page(page).write(&mut file).await.expect("the log can be exported");
    file
}

const BATCH: PageLimit = PageLimit { records: 3, bytes: usize::MAX };

pub(super) async fn log_comes_in_and_goes_out_unchanged(harness: &dyn Harness) {
    let mut random = Random::new(3);
    for number in 0..LOGS {
        let log = Log::random(&mut random, &CHARACTERS, payload);
        let file = exported(&filled(&log).await).await;
        let store = open(harness).await;
        Import::into(&*store).of("conformance").batch(BATCH).read(&file[..]).await.expect("the log can be imported");
        assert_eq!(Log::of(&*store).await, log, "log {number}, imported");
        let again = exported(&*store).await;
        assert!(again == file, "log {number}, exported again:\n{}", String::from_utf8_lossy(&again));
        let store = harness.reopen(store).await;
        assert_eq!(Log::of(&*store).await, log, "log {number}, opened again");
        let back = MemoryStore::default();
        Import::into(&back).of("conformance").read(&again[..]).await.expect("the log can be imported");
        assert_eq!(Log::of(&back).await, log, "log {number}, there and back");
    }
}

/// A file that cannot be read beyond some lines.
struct Broken<'a> {
    rest: &'a [u8],
    lines: usize,
}

impl Read for Broken<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("it is read line by line"))
    }
}

impl BufRead for Broken<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.lines == 0 {
            return Err(io::Error::other("the cable was pulled"));
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1);
        Ok(&self.rest[..end])
    }

    fn consume(&mut self, amount: usize) {
        self.rest = &self.rest[amount..];
        self.lines -= usize::from(amount > 0);
    }
}

pub(super) async fn interrupted_import_goes_on(harness: &dyn Harness) {
    let mut random = Random::new(5);
    let log = loop {
        let log = Log::random(&mut random, &CHARACTERS, payload);
        if log.records.len() > 12 && log.settlements.len() > 2 && log.parked.len() > 1 {
            break log;
        }
    };
    let file = exported(&filled(&log).await).await;
    let lines = file.iter().filter(|byte| **byte == b'\n').count();
    let mut store = open(harness).await;
    let mut head = 0;
    for lines in 1..lines {
        let broken = Broken { rest: &file, lines };
        let error = Import::into(&*store).batch(BATCH).read(broken).await.expect_err("the file ends too early");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let reached = store.head().await.expect("a store has a head");
        assert!(reached >= head, "it never goes back");
        head = reached;
        assert_eq!(Log::of(&*store).await.records, log.records[..head as usize], "whole batches of the log, after {lines} lines");
        if head > 0 {
            assert_ne!(store.checkpoint(UNFINISHED).await.expect("a checkpoint can be read"), 0, "it is marked as unfinished");
        }
        store = harness.reopen(store).await;
    }
    Import::into(&*store).batch(BATCH).read(&file[..]).await.expect("the log can be imported");
    assert_eq!(Log::of(&*store).await, log);
    assert_eq!(store.checkpoint(UNFINISHED).await.expect("a checkpoint can be read"), 0);
}

pub(super) async fn imported_log_goes_on(harness: &dyn Harness) {
    let here = MemoryStore::default();
    Write::at(at(50)).append("a-1", Expected::NoStream, ["one", "two"]).settle("a", "1").stored(&here).await;
    Write::at(at(60)).append("b-1", Expected::NoStream, ["three"]).checkpoint("s", 0, 2).stored(&here).await;
    let file = exported(&here).await;
    let store = open(harness).await;
    Import::into(&*store).read(&file[..]).await.expect("the log can be imported");

    // The clock of the other machine was ahead, and the log does not know of it.
    let committed = Write::at(at(40)).append("a-1", Expected::Version(1), ["four"]).checkpoint("s", 2, 4).stored(&*store).await;
    let metadata = &committed.records[0].metadata;
    assert_eq!((metadata.global_position, metadata.position, metadata.time), (4, 2, at(60)));
    Write::at(at(70)).append("b-1", Expected::NoStream, ["five"]).conflicts(&*store, "b-1", Expected::NoStream, Some(0)).await;
    Write::at(at(70)).append("c-1", Expected::Any, ["six"]).settle("a", "2").repeated(&*store).await;

    // What was written since makes it another log, and nothing is put behind that.
    Write::at(at(80)).append("b-1", Expected::Version(0), ["other"]).stored(&here).await;
    let before = Log::of(&*store).await;
    let later = exported(&here).await;
    let error = Import::into(&*store).read(&later[..]).await.expect_err("the logs differ at position 4");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(Log::of(&*store).await, before);
}

pub(super) async fn record_that_does_not_continue_is_refused(harness: &dyn Harness) {
    let mut random = Random::new(7);
    let log = loop {
        let log = Log::random(&mut random, &CHARACTERS, payload);
        if log.records.len() > 5 {
            break log;
        }
    };
    let store = open(harness).await;
    let first = Log { records: log.records[..2].to_vec(), ..Log::default() };
    store.commit(first.commit()).await.expect("the beginning can be taken over");
    type Harm = fn(&mut crate::Metadata);
    let harms: [(&str, Harm); 5] = [
        ("a hole in the log", |metadata| metadata.global_position += 1),
        ("a position of the log twice", |metadata| metadata.global_position -= 1),
        ("a hole in the stream", |metadata| metadata.position += 1),
        ("a time before that of the record before it", |metadata| {
            metadata.time = jiff::Timestamp::MIN + jiff::SignedDuration::from_hours(24 * 366 * 9_000)
        }),
        ("another stream's position", |metadata| metadata.stream = crate::StreamName::parse("elsewhere-1")),
    ];
    let overlapping = Log { records: log.records[1..5].to_vec(), ..Log::default() };
    let error = store.commit(overlapping.commit()).await.expect_err("a position of the log is taken");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert_eq!(Log::of(&*store).await, first, "a piece that begins before the head changed something");
    for (what, harm) in harms {
        let mut records = log.records[2..5].to_vec();
        let last = Arc::make_mut(&mut records[2]);
        if what.starts_with("another") {
            last.metadata.position = 1;
        }
        harm(&mut last.metadata);
        let harmed =
            Log { records, settlements: log.settlements.clone(), checkpoints: vec![("s".into(), 5)], parked: Vec::new() };
        let error = store.commit(harmed.commit()).await.expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{what}: {error}");
        assert_eq!(Log::of(&*store).await, first, "{what} changed something");
    }
}
