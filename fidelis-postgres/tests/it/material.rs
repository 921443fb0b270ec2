//! What the tests write: a count of deposits by account, folded within the commit.

use std::{sync::Arc, thread};

use fidelis_core::{
    Column, Error, MessageId, MessageKind, NewRecord, Origin, Recorded, Store, StreamName, Timestamp, TypeName, Value, block_on,
    projection::{ColumnDefinition, Key, Row, Table},
    store::{Append, Commit, CommitResult, Committed, Expected, Fold, Interest, Outcome, RowChange, RowSource, Settlement},
};
use smallvec::{SmallVec, smallvec};

use crate::database::Place;

/// How many deposits each account has had.
pub(crate) static DEPOSITS: Table = Table {
    name: "deposits",
    columns: &[ColumnDefinition::of::<String>("account"), ColumnDefinition::of::<i64>("count")],
    key: &[0],
    indexes: &[],
};

pub(crate) const DEPOSIT: &str = "Test.DepositMade.v1";

/// Counts deposits.
#[derive(Debug)]
pub(crate) struct Counter {
    subscription: Arc<str>,
    interest: Interest,
}

impl Counter {
    pub(crate) fn fold() -> Arc<dyn Fold> {
        let interest = Interest { types: vec![TypeName::parse(DEPOSIT)] };
        Arc::new(Counter { subscription: "test.Deposits".into(), interest })
    }
}

fn key(record: &Recorded) -> Key {
    Key::new([record.metadata.stream.to_string().into_value()])
}

impl Fold for Counter {
    fn subscription(&self) -> &Arc<str> {
        &self.subscription
    }

    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn rows(&self, record: &Recorded, rows: &mut Vec<(&'static Table, Key)>) {
        rows.push((&DEPOSITS, key(record)));
    }

    fn fold(&self, records: &[Arc<Recorded>], row: &mut RowSource<'_>) -> Result<SmallVec<[RowChange; 1]>, Error> {
        let mut counts: Vec<(Key, i64)> = Vec::new();
        for record in records {
            let key = key(record);
            match counts.iter_mut().find(|(known, _)| *known == key) {
                Some((_, count)) => *count += 1,
                None => {
                    let stored = match row(&DEPOSITS, &key)?.map(|row| row.values()[1].clone()) {
                        Some(Value::Integer(count)) => count,
                        _ => 0,
                    };
                    counts.push((key, stored + 1));
                }
            }
        }
        let row = |(key, count): (Key, i64)| Row::new([key.values()[0].clone(), Value::Integer(count)]);
        Ok(counts.into_iter().map(|entry| RowChange::Put { table: &DEPOSITS, row: row(entry), staged: false }).collect())
    }
}

/// A deposit, known by a text of its own.
pub(crate) fn deposit(account: &str, expected: Expected, text: &str) -> Commit {
    let id = MessageId::named(text);
    let origin = Origin { correlation_id: id, causation_id: None, process: None, priority: 0, extensions: None };
    let mut commit = Commit::new(Timestamp::now(), origin);
    let record = NewRecord {
        id,
        type_name: TypeName::parse(DEPOSIT),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: format!("\"{text}\"").into(),
    };
    commit.appends.push(Append { stream: StreamName::parse(account), expected, records: smallvec![record] });
    commit.settlement = Some(Settlement { command: id, fingerprint: None, outcome: Outcome::Accepted(None), position: 0 });
    commit.folds.push(Counter::fold());
    commit
}

/// It happened now.
pub(crate) fn committed(result: Result<CommitResult, Error>) -> Committed {
    match result.unwrap() {
        CommitResult::Committed(committed) => committed,
        CommitResult::Repeated(settled) => panic!("settled before: {settled:?}"),
    }
}

/// So many callers, each on a thread of its own, each with so many deposits in turn to three accounts that all of them use.
pub(crate) fn deposits(store: &dyn Store, name: &str, callers: usize, each: usize) {
    thread::scope(|scope| {
        for caller in 0..callers {
            scope.spawn(move || {
                for number in 0..each {
                    let account = format!("account-{}", (caller + number) % 3);
                    let text = format!("{name}/{caller}/{number}");
                    let done = committed(block_on(store.commit(deposit(&account, Expected::Any, &text))));
                    assert_eq!(done.folded.len(), 1, "a counter that nobody left behind follows");
                }
            });
        }
    });
}

/// What must be so whatever happened, by plain SQL: so many records, no hole, no double, rows and checkpoint as a fold of the log.
pub(crate) fn check_log(place: &Place, records: u64) {
    for (what, sql, expected) in [
        ("records", "SELECT count(*) FROM {schema}.events", records),
        ("last position", "SELECT coalesce(max(position), 0) FROM {schema}.events", records),
        ("first position", "SELECT coalesce(min(position), 1) FROM {schema}.events", 1),
        ("different messages", "SELECT count(DISTINCT id) FROM {schema}.events", records),
        (
            "streams with holes",
            "SELECT count(*) FROM (SELECT 1 FROM {schema}.events GROUP BY stream \
             HAVING min(stream_position) <> 0 OR max(stream_position) <> count(*) - 1) s",
            0,
        ),
        (
            "steps back in time",
            "SELECT count(*) FROM {schema}.events a JOIN {schema}.events b ON b.position = a.position + 1 \
             WHERE (b.time, coalesce(b.nanoseconds, 0)) < (a.time, coalesce(a.nanoseconds, 0))",
            0,
        ),
        ("settled commands", "SELECT count(*) FROM {schema}.settlements", records),
        (
            "rows that are no fold of the log",
            "SELECT count(*) FROM {schema}.deposits d FULL JOIN \
             (SELECT stream, count(*) AS count FROM {schema}.events GROUP BY stream) e ON e.stream = d.account \
             WHERE d.count IS DISTINCT FROM e.count",
            0,
        ),
        ("checkpoint", "SELECT coalesce(max(position), 0) FROM {schema}.checkpoints", records),
        (
            "batches that follow none",
            "SELECT count(*) FROM {schema}.batches b WHERE batch > (SELECT min(batch) FROM {schema}.batches) \
             AND NOT EXISTS (SELECT 1 FROM {schema}.batches p WHERE p.batch = b.batch - 1)",
            0,
        ),
    ] {
        assert_eq!(place.count(sql), expected, "{what}");
    }
}
