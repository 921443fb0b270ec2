//! What cases are made of: tables, records, and everything a store holds as one value to compare.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Harness;
use crate::{
    Column, MessageId, MessageKind, NewRecord, Origin, Recorded, Store, StreamName, TypeName, Value,
    projection::{ColumnDefinition, ColumnType, Key, Row, Selection, Table},
    store::{Direction, Interest, PageLimit, Parked, ReadFrom, Settlement},
};

/// One amount by name.
pub(super) static BALANCES: Table = Table {
    name: "conformance_balances",
    columns: &[ColumnDefinition::of::<String>("name"), ColumnDefinition::of::<i64>("amount")],
    key: &[0],
    indexes: &[1],
};

/// A note by owner and number: the key is neither first nor a single column.
pub(super) static NOTES: Table = Table {
    name: "conformance_notes",
    columns: &[
        ColumnDefinition::of::<Option<String>>("note"),
        ColumnDefinition::of::<uuid::Uuid>("owner"),
        ColumnDefinition::of::<i64>("number"),
    ],
    key: &[1, 2],
    indexes: &[],
};

/// A value of every type, or none, by name.
pub(super) static VALUES: Table = Table {
    name: "conformance_values",
    columns: &[
        ColumnDefinition::of::<String>("name"),
        ColumnDefinition::of::<Option<bool>>("flag"),
        ColumnDefinition::of::<Option<i64>>("number"),
        ColumnDefinition::of::<Option<rust_decimal::Decimal>>("amount"),
        ColumnDefinition::of::<Option<String>>("words"),
        ColumnDefinition::of::<Option<Timestamp>>("moment"),
        ColumnDefinition::of::<Option<uuid::Uuid>>("identity"),
        ColumnDefinition { name: "nested", column_type: ColumnType::Json, nullable: true },
    ],
    key: &[0],
    indexes: &[2, 4],
};

pub(super) static TABLES: [&Table; 3] = [&BALANCES, &NOTES, &VALUES];

/// The subscriptions and commands that [`contents`] looks at.
pub(super) const SUBSCRIPTIONS: [&str; 2] = ["balances", "alerts"];
pub(super) const COMMANDS: [&str; 2] = ["first command", "second command"];

/// A page that ends nowhere.
pub(super) const WHOLE: PageLimit = PageLimit { records: usize::MAX, bytes: usize::MAX };

/// Opens an empty store and prepares its tables.
pub(super) async fn open(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = harness.open().await;
    store.prepare(&TABLES).await.expect("tables of a new store can be prepared");
    store
}

/// This many seconds after the beginning of 2025.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::constant(1_735_689_600, 0) + SignedDuration::from_secs(seconds)
}

pub(super) fn origin() -> Origin {
    let correlation_id = MessageId::named("conformance");
    Origin { correlation_id, causation_id: None, process: None, priority: 0, extensions: None }
}

/// An event whose payload is this text, in JSON.
pub(super) fn event(text: &str) -> NewRecord {
    typed_event("Conformance.Happened.v1", text)
}

pub(super) fn typed_event(type_name: &str, text: &str) -> NewRecord {
    NewRecord {
        id: MessageId::named(text),
        type_name: TypeName::parse(type_name),
        kind: MessageKind::Event,
        schema_version: 1,
        payload: format!("\"{text}\"").into(),
    }
}

pub(super) fn stream(name: &str) -> StreamName {
    StreamName::parse(name)
}

pub(super) fn balance(name: &str, amount: i64) -> Row {
    Row::new([name.to_owned().into_value(), amount.into_value()])
}

pub(super) fn note(owner: u128, number: i64, note: Option<&str>) -> Row {
    let owner = Value::Uuid(uuid::Uuid::from_u128(owner));
    Row::new([note.map(str::to_owned).into_value(), owner, number.into_value()])
}

/// A row of [`VALUES`] with this value in this column and no other.
pub(super) fn value(name: &str, column: usize, value: Value) -> Row {
    let mut row = [const { Value::Null }; 8];
    row[0] = Value::Text(name.to_owned());
    row[column] = value;
    Row::new(row)
}

pub(super) fn text_key(name: &str) -> Key {
    Key::new([Value::Text(name.to_owned())])
}

/// Everything from the beginning of the log.
pub(super) async fn log(store: &dyn Store) -> Vec<Arc<Recorded>> {
    read(store, ReadFrom::All { position: 1, direction: Direction::Forwards }).await
}

/// Everything there is from there.
pub(super) async fn read(store: &dyn Store, from: ReadFrom<'_>) -> Vec<Arc<Recorded>> {
    store.read(from, WHOLE).await.expect("a store can be read")
}

/// The texts of [`event`]s.
pub(super) fn texts(records: &[Arc<Recorded>]) -> Vec<&str> {
    records.iter().map(|record| record.payload.trim_matches('"')).collect()
}

pub(super) fn positions(records: &[Arc<Recorded>]) -> Vec<u64> {
    records.iter().map(|record| record.metadata.global_position).collect()
}

pub(super) fn interest(types: &[&str]) -> Interest {
    Interest { types: types.iter().map(|name| TypeName::parse(name)).collect() }
}

/// All rows, by key.
pub(super) fn everything(table: &'static Table) -> Selection {
    Selection { table, condition: None, order: Vec::new(), offset: 0, limit: u64::MAX, count: false }
}

pub(super) async fn rows(store: &dyn Store, table: &'static Table) -> Vec<Row> {
    select(store, &everything(table)).await
}

pub(super) async fn select(store: &dyn Store, selection: &Selection) -> Vec<Row> {
    store.select(selection).await.expect("rows can be selected").rows
}

pub(super) async fn row(store: &dyn Store, table: &'static Table, key: &Key) -> Option<Row> {
    store.row(table, key, false).await.expect("a row can be read")
}

/// What a store holds of what cases write into it.
#[derive(Debug, PartialEq)]
pub(super) struct Contents {
    log: Vec<Arc<Recorded>>,
    head: u64,
    rows: Vec<Vec<Row>>,
    checkpoints: Vec<u64>,
    parked: Vec<Vec<Parked>>,
    settlements: Vec<Option<Settlement>>,
}

pub(super) async fn contents(store: &dyn Store) -> Contents {
    let mut contents = Contents {
        log: log(store).await,
        head: store.head().await.expect("a store has a head"),
        rows: Vec::new(),
        checkpoints: Vec::new(),
        parked: Vec::new(),
        settlements: Vec::new(),
    };
    for table in TABLES {
        contents.rows.push(rows(store, table).await);
    }
    for subscription in SUBSCRIPTIONS {
        contents.checkpoints.push(store.checkpoint(subscription).await.expect("a checkpoint can be read"));
        contents.parked.push(store.parked(subscription).await.expect("parked messages can be read"));
    }
    for command in COMMANDS {
        contents.settlements.push(store.settlement(MessageId::named(command)).await.expect("a settlement can be read"));
    }
    contents
}
