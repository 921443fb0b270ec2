//! What a person sees who opens the file with `sqlite3`.

use std::{collections::BTreeMap, sync::Arc};

use fidelis_core::{
    Decimal, MessageId, Store, Timestamp, Uuid, Value, block_on,
    projection::{ColumnDefinition, ColumnType, Row, Table},
    store::RowChange,
};

use crate::material::{appended, by_hand, commit, file, open, write};

#[test]
fn log_is_a_view_in_plain_columns() {
    let (_folder, path) = file();
    let store = open(&path);
    let mut first = appended("bank::account-018f", "opened");
    first.time = "2025-03-01T10:20:30.000000007Z".parse().expect("a time");
    first.origin.extensions = Some(Arc::new(BTreeMap::from([("trace".to_owned(), "1".to_owned())])));
    write(&store, first);
    let sql = "SELECT position, stream, stream_position, type, kind, time, payload, id, correlation_id, causation_id IS NULL, extensions
        FROM events";
    let shown = by_hand(&path).query_row(sql, [], |row| {
        let numbers: [i64; 2] = [row.get(0)?, row.get(2)?];
        let texts = [1, 3, 4, 5, 6, 7, 8, 10].map(|column| row.get::<_, String>(column));
        Ok((numbers, texts.into_iter().collect::<Result<Vec<_>, _>>()?, row.get::<_, bool>(9)?))
    });
    let (numbers, texts, is_first_cause) = shown.expect("the view shows it");
    assert_eq!((numbers, is_first_cause), ([1, 0], true));
    let (id, correlation) = (MessageId::named("opened").to_string(), MessageId::named("test").to_string());
    assert_eq!(
        texts,
        [
            "bank::account-018f",
            "Test.Happened.v1",
            "event",
            "2025-03-01T10:20:30.000000007Z",
            "\"opened\"",
            &id,
            &correlation,
            r#"{"trace":"1"}"#
        ]
    );
}

#[test]
fn times_before_1970_are_shown() {
    let (_folder, path) = file();
    let store = open(&path);
    let mut old = appended("account-1", "old");
    old.time = "1969-12-31T23:59:59.999999999Z".parse().expect("a time");
    write(&store, old);
    let time: String = by_hand(&path).query_row("SELECT time FROM events", [], |row| row.get(0)).expect("the view shows it");
    assert_eq!(time, "1969-12-31T23:59:59.999999999Z");
}

#[test]
fn read_models_are_tables_in_plain_columns() {
    static SUMMARY: Table = Table {
        name: "account_summary",
        columns: &[
            ColumnDefinition::of::<Uuid>("account_id"),
            ColumnDefinition::of::<Decimal>("balance"),
            ColumnDefinition::of::<bool>("active"),
            ColumnDefinition::of::<Option<Timestamp>>("last_at"),
            ColumnDefinition { name: "tags", column_type: ColumnType::Json, nullable: true },
        ],
        key: &[0],
        indexes: &[1],
    };
    let (_folder, path) = file();
    let store = open(&path);
    block_on(store.prepare(&[&SUMMARY])).expect("the table can be made");
    let mut written = commit();
    let row = Row::new([
        Value::Uuid(Uuid::from_u128(0x18f)),
        Value::Decimal("1550.10".parse().expect("a decimal")),
        Value::Boolean(true),
        Value::Timestamp("2025-03-01T10:20:30Z".parse().expect("a time")),
        Value::Json(r#"["vip"]"#.to_owned()),
    ]);
    written.rows.push(RowChange::Put { table: &SUMMARY, row, staged: false });
    write(&store, written);
    let sql = "SELECT account_id || ' ' || balance || ' ' || active || ' ' || last_at || ' ' || json_extract(tags, '$[0]')
        FROM account_summary WHERE CAST(balance AS REAL) > 1550";
    let shown: String = by_hand(&path).query_row(sql, [], |row| row.get(0)).expect("the table shows it");
    assert_eq!(shown, "00000000-0000-0000-0000-00000000018f 1550.10 1 2025-03-01T10:20:30.000000000Z vip");
}
