//! Logs that are moved, cut, harmed and moved again.

mod harmed;
mod random;
mod resumed;
mod round_trip;

use std::sync::Arc;

use super::{Export, Import, Summary};
use crate::{
    Error, MemoryStore, MessageId, MessageKind, Metadata, Origin, Recorded, Store, StreamName, Timestamp, TypeName, block_on,
    conformance::moving::log::Log,
    store::{CheckpointMove, Commit, Failure, Outcome, PageLimit, Parked, ParkedChange, Restored, Settlement},
};

/// A store that holds a log.
fn filled(log: &Log) -> MemoryStore {
    let store = MemoryStore::default();
    block_on(store.commit(log.commit())).unwrap();
    store
}

/// What a store holds.
fn held(store: &dyn Store) -> Log {
    block_on(Log::of(store))
}

fn empty() -> Commit {
    Commit::new(Timestamp::UNIX_EPOCH, super::batch::nobody())
}

/// A record of one of two streams.
fn record(position: u64) -> Recorded {
    Recorded {
        metadata: Metadata {
            id: MessageId::named(&position.to_string()),
            type_name: TypeName::parse("Fidelis.DepositMade.v1"),
            kind: MessageKind::Event,
            stream: StreamName::parse(["fidelis::account-1", "fidelis::account-2"][position as usize % 2]),
            position: (position - 1) / 2,
            global_position: position,
            time: at(position),
            schema_version: 1,
            origin: Origin { correlation_id: MessageId::named("chain"), ..super::batch::nobody() },
        },
        payload: format!(r#"{{"amount":"{position}.00"}}"#).into(),
    }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(1_735_689_600 + second as i64).unwrap()
}

fn settlement(command: &str, position: u64, outcome: Outcome) -> Settlement {
    Settlement { command: MessageId::named(command), fingerprint: None, outcome, position }
}

/// A log of so many records, with three settlements, a handler that has parked two messages, and a projector.
fn log(records: u64) -> Log {
    let mut settlements = vec![
        settlement("a", 1, Outcome::Accepted(None)),
        settlement("b", 1, Outcome::Accepted(Some("null".into()))),
        settlement(
            "c",
            records,
            Outcome::Rejected(crate::Rejection::new("balance", "Insufficient \"funds\"").and("balance", "\n")),
        ),
    ];
    settlements[1].fingerprint = Some(u64::MAX);
    settlements.sort_by_key(|settlement| settlement.command);
    let handler: Arc<str> = "fidelis.Alerts".into();
    let parked = |position, failure| Parked {
        subscription: Arc::clone(&handler),
        stream: StreamName::parse("fidelis::account-2"),
        position,
        failure,
    };
    let failure = Failure { error: "no \u{0} answer".to_owned(), attempts: 3, first: at(5), last: at(6), next: Some(at(7)) };
    Log {
        records: (1..=records).map(|position| Arc::new(record(position))).collect(),
        settlements,
        checkpoints: vec![
            (Arc::clone(&handler), records - 1),
            ("fidelis.Alerts/parked".into(), 40),
            ("fidelis.Summaries".into(), records),
        ],
        parked: vec![parked(1, Some(failure)), parked(3, None)],
    }
}

/// The file of a log.
fn file(store: &dyn Store) -> Vec<u8> {
    let mut file = Vec::new();
    block_on(Export::of("fidelis", store).write(&mut file)).unwrap();
    file
}

fn import(store: &dyn Store, file: &[u8]) -> Result<Summary, Error> {
    block_on(Import::into(store).of("fidelis").batch(PageLimit { records: 2, bytes: usize::MAX }).read(file))
}

/// The lines of a file, one of them changed, with a closing line that fits them.
fn changed(file: &[u8], number: usize, change: impl Fn(&str) -> String) -> Vec<u8> {
    let text = std::str::from_utf8(file).unwrap();
    let lines = text.lines().zip(1..).map(|(line, at)| if at == number { change(line) } else { line.to_owned() });
    sealed(lines.filter(|line| !line.is_empty()).collect())
}

/// Lines with a checksum that fits them.
fn sealed(lines: Vec<String>) -> Vec<u8> {
    let mut file = String::new();
    for line in lines {
        let mut line = line;
        if line.starts_with(r#"{"end""#) {
            let hash = super::reader::checksum(xxhash_rust::xxh3::xxh3_128(file.as_bytes()));
            let from = line.find(r#""checksum":""#).unwrap() + r#""checksum":""#.len();
            line.replace_range(from..from + 32, &hash);
        }
        file += &line;
        file.push('\n');
    }
    file.into_bytes()
}
