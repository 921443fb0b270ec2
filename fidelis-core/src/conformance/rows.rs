//! Rows: written, replaced and deleted by key; every value as it was, or refused by name.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{
    Harness,
    material::{BALANCES, NOTES, TABLES, VALUES, at, balance, note, open, row, rows, text_key, value},
    write::Write,
};
use crate::{
    Column, ErrorKind, Store, Value,
    projection::{ColumnDefinition, Key, Row, Table},
    store::Expected,
};

pub(super) async fn put_replace_delete(harness: &dyn Harness) {
    let store = open(harness).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, None);
    Write::new().put(&BALANCES, balance("a", 1)).put(&BALANCES, balance("b", 2)).stored(&*store).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, Some(balance("a", 1)));
    Write::new().put(&BALANCES, balance("a", 3)).stored(&*store).await;
    assert_eq!(rows(&*store, &BALANCES).await, [balance("a", 3), balance("b", 2)]);
    let gone = Write::new().delete(&BALANCES, text_key("a")).delete(&BALANCES, text_key("never there"));
    gone.stored(&*store).await;
    assert_eq!(row(&*store, &BALANCES, &text_key("a")).await, None);
    assert_eq!(rows(&*store, &BALANCES).await, [balance("b", 2)]);
    // A row is replaced whole.
    Write::new().put(&VALUES, value("a", 2, Value::Integer(1))).stored(&*store).await;
    Write::new().put(&VALUES, value("a", 1, Value::Boolean(true))).stored(&*store).await;
    assert_eq!(rows(&*store, &VALUES).await, [value("a", 1, Value::Boolean(true))]);
}

pub(super) async fn many_are_read_in_the_order_of_their_keys(harness: &dyn Harness) {
    let store = open(harness).await;
    let mut filling = Write::new();
    for number in 0..200 {
        filling = filling.put(&BALANCES, balance(&format!("{number:03}"), number));
    }
    filling.put_staged(&BALANCES, balance("007", 700)).put(&NOTES, note(1, 2, Some("note"))).stored(&*store).await;

    // Some are not there, one is asked for twice, and none of it in the order of the table.
    let keys: Vec<Key> = ["150", "never", "007", "199", "000", "007", "zzz"].map(text_key).into();
    let found = |rows: Vec<Option<Row>>| rows.into_iter().map(|row| row.map(|row| row.values()[1].clone())).collect::<Vec<_>>();
    let live = store.rows(&BALANCES, &keys, false).await.expect("rows can be read");
    assert_eq!(
        found(live),
        [Some(150), None, Some(7), Some(199), Some(0), Some(7), None].map(|amount| amount.map(Value::Integer))
    );
    let staged = store.rows(&BALANCES, &keys, true).await.expect("staged rows can be read");
    let only = [None, None, Some(700), None, None, Some(700), None].map(|amount| amount.map(Value::Integer));
    assert_eq!(found(staged), only);
    assert_eq!(store.rows(&BALANCES, &[], false).await.expect("no rows can be read"), []);

    let key = |owner, number| Key::new([Value::Uuid(uuid::Uuid::from_u128(owner)), Value::Integer(number)]);
    let notes = store.rows(&NOTES, &[key(2, 1), key(1, 2)], false).await.expect("rows with keys of several columns can be read");
    assert_eq!(notes, [None, Some(note(1, 2, Some("note")))]);
    let all: Vec<Key> = (0..200).map(|number| text_key(&format!("{number:03}"))).collect();
    let rows = store.rows(&BALANCES, &all, false).await.expect("many rows can be read");
    assert!(rows.iter().zip(0..).all(|(row, number)| *row == Some(balance(&format!("{number:03}"), number))));
}

pub(super) async fn changes_happen_in_order(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new()
        .put(&BALANCES, balance("a", 1))
        .put(&BALANCES, balance("a", 2))
        .put(&BALANCES, balance("b", 3))
        .delete(&BALANCES, text_key("b"))
        .delete(&BALANCES, text_key("c"))
        .put(&BALANCES, balance("c", 4))
        .put(&NOTES, note(1, 1, None))
        .put(&BALANCES, balance("a", 5))
        .stored(&*store)
        .await;
    assert_eq!(rows(&*store, &BALANCES).await, [balance("a", 5), balance("c", 4)]);
    assert_eq!(rows(&*store, &NOTES).await, [note(1, 1, None)]);
}

/// Stores values in a column and reads them back, one by one and all together.
async fn come_back(store: &dyn Store, column: usize, values: &[Value]) {
    let named = || values.iter().enumerate().map(|(index, found)| (format!("{column}/{index:03}"), found));
    // Nothing staged: what an earlier column left behind goes.
    Write::new().promote(&VALUES).stored(store).await;
    for (name, stored) in named() {
        Write::new().put(&VALUES, value(&name, column, stored.clone())).stored(store).await;
    }
    for (name, stored) in named() {
        let found = row(store, &VALUES, &text_key(&name)).await;
        assert_eq!(found, Some(value(&name, column, stored.clone())), "column `{}`", VALUES.columns[column].name);
    }
    let all: Vec<_> = named().map(|(name, stored)| value(&name, column, stored.clone())).collect();
    assert_eq!(rows(store, &VALUES).await, all);
}

fn texts(values: &[&str]) -> Vec<Value> {
    values.iter().map(|&text| Value::Text(text.to_owned())).collect()
}

fn decimals(values: &[&str]) -> Vec<Value> {
    values.iter().map(|text| Value::Decimal(text.parse().expect("a decimal number"))).collect()
}

pub(super) async fn every_kind_of_value(harness: &dyn Harness) {
    let store = open(harness).await;
    for column in 1..8 {
        come_back(&*store, column, &[Value::Null]).await;
    }
    come_back(&*store, 1, &[Value::Boolean(true), Value::Boolean(false)]).await;
    come_back(&*store, 2, &[0, 1, -1, 10_000_000_000_000_000].map(Value::Integer)).await;
    come_back(&*store, 3, &decimals(&["0", "0.10", "-19.99", "1550", "0.000001"])).await;
    come_back(&*store, 4, &texts(&["plain", "Zoë 👩‍👩‍👧", "line\nbreak\ttab", "'; drop table \"x\"; --", "%_\\", "null"])).await;
    come_back(&*store, 5, &[at(0), at(86_400), Timestamp::UNIX_EPOCH, at(-2_000_000_000)].map(Value::Timestamp)).await;
    come_back(
        &*store,
        6,
        &[0, 1, u128::MAX, 0x018f_4e2c_7b1a_7c3d_9e4f_5a6b_7c8d_9e0f].map(|bits| uuid::Uuid::from_u128(bits).into_value()),
    )
    .await;
    let nested = [r#"{"z":1,"a":[1,2.50,10000000000000000,null],"nul":"\u0000","name":"👍"}"#, "[]", "\"text\"", "null"];
    come_back(&*store, 7, &nested.map(|json| Value::Json(json.to_owned()))).await;
}

pub(super) async fn extreme_values(harness: &dyn Harness) {
    let store = open(harness).await;
    come_back(&*store, 2, &[i64::MIN, i64::MAX, (1 << 53) + 1, -(1 << 53) - 1].map(Value::Integer)).await;
    let smallest = Decimal::from_i128_with_scale(1, 28);
    come_back(&*store, 3, &[Decimal::MAX, Decimal::MIN, smallest, -smallest].map(Value::Decimal)).await;
    let digits = ["7.9228162514264337593543950335", "-0.0000000000000000000000000001", "123456789012345678.0123456789"];
    come_back(&*store, 3, &decimals(&digits)).await;
    let long = "long ".repeat(1 << 16);
    come_back(&*store, 4, &texts(&["", " ", " trailing ", &long, "\u{feff}bom", "\u{10ffff}"])).await;
    let micros = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2025-01-01T00:00:00.000001Z", "9999-12-30T00:00:00Z"];
    come_back(&*store, 5, &micros.map(|time| Value::Timestamp(time.parse().expect("a time")))).await;
}

/// Either exactly what was written, or refused with the name of the column.
async fn exact_or_refused(store: &dyn Store, written: Row, column: &str) {
    let key = VALUES.key_of(&written);
    match Write::new().put(&VALUES, written.clone()).on(store).await {
        Ok(_) => assert_eq!(row(store, &VALUES, &key).await, Some(written), "column `{column}`"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(error.to_string().contains(column), "`{error}` does not name column `{column}`");
            assert_eq!(row(store, &VALUES, &key).await, None, "a refused row was written");
        }
    }
}

pub(super) async fn odd_values_are_exact_or_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    for (index, text) in ["before\0after", "\0", "\u{fffe}", "\u{202e}"].into_iter().enumerate() {
        exact_or_refused(&*store, value(&index.to_string(), 4, Value::Text(text.to_owned())), "words").await;
    }
    let times = ["2025-01-01T00:00:00.000000001Z", "-009999-01-02T01:59:59Z", "9999-12-30T22:00:00.999999999Z"];
    for time in times {
        exact_or_refused(&*store, value(time, 5, Value::Timestamp(time.parse().expect("a time"))), "moment").await;
    }
    exact_or_refused(&*store, value("before\0after", 2, Value::Integer(1)), "name").await;
    exact_or_refused(&*store, value("spaced", 7, Value::Json("{ \"b\" : 1 , \"a\" : 1.0 }".to_owned())), "nested").await;
    // The store is not worse for it.
    Write::new().put(&VALUES, value("after", 4, Value::Text("plain".to_owned()))).stored(&*store).await;
}

fn note_key(owner: u128, number: i64) -> Key {
    Key::new([uuid::Uuid::from_u128(owner).into_value(), number.into_value()])
}

pub(super) async fn keys_of_several_columns(harness: &dyn Harness) {
    let store = open(harness).await;
    let written = [note(2, 1, Some("c")), note(1, 2, Some("b")), note(1, -1, None), note(2, -5, Some("d"))];
    for row in written {
        Write::new().put(&NOTES, row).stored(&*store).await;
    }
    Write::new().put(&NOTES, note(1, 2, Some("replaced"))).stored(&*store).await;
    let sorted = [note(1, -1, None), note(1, 2, Some("replaced")), note(2, -5, Some("d")), note(2, 1, Some("c"))];
    assert_eq!(rows(&*store, &NOTES).await, sorted);
    assert_eq!(row(&*store, &NOTES, &note_key(2, 1)).await, Some(note(2, 1, Some("c"))));
    assert_eq!(row(&*store, &NOTES, &note_key(2, 2)).await, None);
    Write::new().delete(&NOTES, note_key(1, 1)).delete(&NOTES, note_key(2, 1)).stored(&*store).await;
    assert_eq!(rows(&*store, &NOTES).await, sorted[..3]);
}

pub(super) async fn keys_are_compared_exactly(harness: &dyn Harness) {
    let store = open(harness).await;
    let names = ["", " ", "A", "a", "a ", "b%", "b_", "straße", "strasse", "é", "e\u{301}", "1", "1.0", "01"];
    for (amount, name) in (0..).zip(names) {
        Write::new().put(&BALANCES, balance(name, amount)).stored(&*store).await;
    }
    for (amount, name) in (0..).zip(names) {
        assert_eq!(row(&*store, &BALANCES, &text_key(name)).await, Some(balance(name, amount)), "`{name}`");
    }
    Write::new().delete(&BALANCES, text_key("A")).stored(&*store).await;
    assert_eq!(rows(&*store, &BALANCES).await.len(), names.len() - 1);
}

pub(super) async fn wrong_number_of_values_is_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    for values in [vec![], vec![Value::Text("a".into())], vec![Value::Text("a".into()), Value::Integer(1), Value::Integer(2)]] {
        let before = Write::new().append("account-1", Expected::Any, ["a"]).put(&BALANCES, balance("b", 1));
        before.put(&BALANCES, Row::new(values)).invalid(&*store, "conformance_balances").await;
    }
    for key in [Key::new([]), Key::new([Value::Text("a".into()), Value::Text("b".into())])] {
        Write::new().delete(&BALANCES, key.clone()).invalid(&*store, "conformance_balances").await;
        let error = store.row(&BALANCES, &key, false).await.expect_err("there is no such key");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

pub(super) async fn wrong_values_are_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    let refused = async |store: &dyn Store, row: Row, column: &str| {
        let before = Write::new().append("account-1", Expected::Any, ["a"]).put(&BALANCES, balance("b", 1));
        before.put(&BALANCES, row).invalid(store, column).await;
    };
    let name = || Value::Text("a".into());
    refused(&*store, Row::new([name(), Value::Text("1".into())]), "amount").await;
    refused(&*store, Row::new([name(), Value::Decimal(Decimal::ONE)]), "amount").await;
    refused(&*store, Row::new([name(), Value::Null]), "amount").await;
    refused(&*store, Row::new([Value::Null, Value::Integer(1)]), "name").await;
    refused(&*store, Row::new([Value::Integer(1), Value::Integer(1)]), "name").await;
    Write::new().delete(&BALANCES, Key::new([Value::Integer(1)])).invalid(&*store, "name").await;
}

/// Never prepared.
static UNKNOWN: Table =
    Table { name: "conformance_unknown", columns: &[ColumnDefinition::of::<String>("name")], key: &[0], indexes: &[] };

/// The name of a prepared table, another shape.
static RESHAPED: Table = Table {
    name: "conformance_balances",
    columns: &[ColumnDefinition::of::<String>("name"), ColumnDefinition::of::<String>("amount")],
    key: &[0],
    indexes: &[],
};

pub(super) async fn unknown_table_is_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    let row = || Row::new([Value::Text("a".into())]);
    let named = "conformance_unknown";
    let before = || Write::new().append("account-1", Expected::Any, ["a"]).put(&BALANCES, balance("a", 1));
    before().put(&UNKNOWN, row()).invalid(&*store, named).await;
    before().put_staged(&UNKNOWN, row()).invalid(&*store, named).await;
    before().delete(&UNKNOWN, text_key("a")).invalid(&*store, named).await;
    before().stage(&UNKNOWN).invalid(&*store, named).await;
    before().promote(&UNKNOWN).invalid(&*store, named).await;
    let read = store.row(&UNKNOWN, &text_key("a"), false).await.expect_err("there is no such table");
    let selected = store.select(&super::material::everything(&UNKNOWN)).await.expect_err("there is no such table");
    assert_eq!((read.kind(), selected.kind()), (ErrorKind::Invalid, ErrorKind::Invalid));
}

pub(super) async fn rows_of_a_conflict_are_not_written(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().append("account-1", Expected::Any, ["a"]).put(&BALANCES, balance("a", 1)).stored(&*store).await;
    let changes =
        || Write::new().put(&BALANCES, balance("a", 2)).put(&BALANCES, balance("b", 2)).put_staged(&BALANCES, balance("c", 2));
    let conflict = changes().append("account-1", Expected::NoStream, ["b"]);
    conflict.conflicts(&*store, "account-1", Expected::NoStream, Some(0)).await;
    let conflict = Write::new().delete(&BALANCES, text_key("a")).append("account-1", Expected::Version(3), []);
    conflict.conflicts(&*store, "account-1", Expected::Version(3), Some(0)).await;
    Write::new().promote(&BALANCES).stored(&*store).await;
    assert_eq!(rows(&*store, &BALANCES).await, [], "a staged row of a conflict was written");
}

pub(super) async fn preparing_again_keeps_rows(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().put(&BALANCES, balance("a", 1)).put_staged(&BALANCES, balance("b", 2)).stored(&*store).await;
    store.prepare(&TABLES).await.expect("tables that are there can be prepared");
    assert_eq!(rows(&*store, &BALANCES).await, [balance("a", 1)]);
    Write::new().promote(&BALANCES).stored(&*store).await;
    assert_eq!(rows(&*store, &BALANCES).await, [balance("b", 2)]);
}

pub(super) async fn preparing_another_shape_is_refused(harness: &dyn Harness) {
    let store = open(harness).await;
    Write::new().put(&BALANCES, balance("a", 1)).stored(&*store).await;
    let error = store.prepare(&[&RESHAPED]).await.expect_err("the table has another shape");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("conformance_balances"), "`{error}` does not name the table");
    assert_eq!(rows(&*store, &BALANCES).await, [balance("a", 1)]);
}
