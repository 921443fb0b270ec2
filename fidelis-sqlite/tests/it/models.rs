//! Tables of read models that change: what can be done with the rows is done, everything else is refused with the way out.

use std::path::Path;

use fidelis_core::{
    Decimal, ErrorKind, Store, Value, block_on,
    projection::{ColumnDefinition, Comparison, Condition, Row, Selection, Table},
    store::{CheckpointMove, Parked, ParkedChange, RowChange},
};

use crate::material::{BALANCES, balance, by_hand, commit, file, names, open, rows, write};

/// [`BALANCES`] with a column and two indexes more.
static LARGER: Table = Table {
    name: "balances",
    columns: &[
        ColumnDefinition::of::<String>("name"),
        ColumnDefinition::of::<Option<Decimal>>("bonus"),
        ColumnDefinition::of::<i64>("amount"),
    ],
    key: &[0],
    indexes: &[1, 2],
};

/// Another type.
static RETYPED: Table = Table {
    name: "balances",
    columns: &[ColumnDefinition::of::<String>("name"), ColumnDefinition::of::<Decimal>("amount")],
    key: &[0],
    indexes: &[],
};

/// A file with one balance, closed, made for [`BALANCES`].
fn one_balance(path: &Path) {
    let store = open(path);
    block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
    let mut commit = commit();
    commit.rows.push(balance("a", 1));
    write(&store, commit);
}

fn indexes(path: &Path) -> Vec<String> {
    let sql = "SELECT name FROM pragma_index_list('balances') WHERE origin = 'c' ORDER BY name";
    let connection = by_hand(path);
    let mut statement = connection.prepare(sql).expect("it can be asked");
    statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("it is answered")
}

#[test]
fn columns_and_indexes_come_and_indexes_go() {
    let (_folder, path) = file();
    one_balance(&path);
    let store = open(&path);
    block_on(store.prepare(&[&LARGER])).expect("what is new can be added");
    let before = Row::new([Value::Text("a".to_owned()), Value::Null, Value::Integer(1)]);
    assert_eq!(rows(&store, &LARGER), [before]);
    assert_eq!(indexes(&path).len(), 2);
    let mut written = commit();
    let values = ["9.5", "10", "-1"].map(|number| Value::Decimal(number.parse().expect("a decimal")));
    for (name, value) in ["b", "c", "d"].into_iter().zip(values) {
        let row = Row::new([Value::Text(name.to_owned()), value, Value::Integer(2)]);
        written.rows.push(RowChange::Put { table: &LARGER, row, staged: false });
    }
    write(&store, written);
    // The index on a decimal is in the order of size.
    let value = Value::Decimal("9.50".parse().expect("a decimal"));
    let condition = Condition::Compare { column: 1, comparison: Comparison::GreaterOrEqual, value };
    let selection = Selection { table: &LARGER, condition: Some(condition), order: vec![], offset: 0, limit: 9, count: true };
    let selected = block_on(store.select(&selection)).expect("it can be asked");
    assert_eq!(selected.total, Some(2));
    drop(store);

    // Somebody else's index goes with those that nobody asks for any more.
    by_hand(&path)
        .execute_batch("DROP INDEX \"balances.bonus.0\"; CREATE INDEX mine ON balances (name, amount)")
        .expect("it can");
    let store = open(&path);
    block_on(store.prepare(&[&LARGER])).expect("it is mended");
    assert_eq!(indexes(&path), ["balances.amount.0", "balances.bonus.0"]);
    block_on(store.prepare(&[&LARGER])).expect("nothing is to be done");
    assert_eq!(rows(&store, &LARGER).len(), 4);
}

#[test]
fn indexes_stay_when_tables_are_exchanged() {
    let (_folder, path) = file();
    let store = open(&path);
    block_on(store.prepare(&[&LARGER])).expect("the table can be made");
    for _ in 0..3 {
        let mut promoted = commit();
        promoted.tables.push(fidelis_core::store::TableChange::Promote(&LARGER));
        write(&store, promoted);
        assert_eq!(indexes(&path).len(), 2);
    }
    drop(store);
    block_on(open(&path).prepare(&[&LARGER])).expect("the table is as it should be");
}

#[test]
fn what_needs_a_rebuild_is_refused_and_recreated() {
    let (_folder, path) = file();
    one_balance(&path);
    let store = open(&path);
    let error = block_on(store.prepare(&[&RETYPED])).expect_err("the type differs");
    let difference = "column `amount` is INTEGER, not DECIMAL TEXT";
    names(&error, ErrorKind::Invalid, &["`balances`", difference, "rebuild", "`SqliteStore::recreate`"]);
    drop(store);

    // Nothing has happened to it.
    let store = open(&path);
    block_on(store.prepare(&[&BALANCES])).expect("the table is as it was");
    assert_eq!(rows(&store, &BALANCES).len(), 1);
    let mut moved = commit();
    let to = |subscription: &str| CheckpointMove { subscription: subscription.into(), from: 0, to: 5 };
    moved.checkpoints.extend([to("bank.balances"), to("bank.others")]);
    let parked = |subscription: &str| {
        let stream = fidelis_core::StreamName::parse("account-1");
        ParkedChange::Put(Parked { subscription: subscription.into(), stream, position: 3, failure: None })
    };
    moved.parked.extend([parked("bank.balances"), parked("bank.others")]);
    write(&store, moved);

    block_on(store.recreate(&RETYPED, "bank.balances")).expect("it can be made anew");
    assert_eq!(rows(&store, &RETYPED), []);
    let checkpoint = |name| block_on(store.checkpoint(name)).expect("it can be read");
    assert_eq!([checkpoint("bank.balances"), checkpoint("bank.others")], [0, 5]);
    let parked = |name| block_on(store.parked(name)).expect("it can be read").len();
    assert_eq!([parked("bank.balances"), parked("bank.others")], [0, 1]);
    drop(store);
    block_on(open(&path).prepare(&[&RETYPED])).expect("now it fits");
}

#[test]
fn nothing_is_made_ready_when_one_is_refused() {
    static OTHER: Table = Table { name: "other", ..BALANCES };
    let (_folder, path) = file();
    one_balance(&path);
    let store = open(&path);
    block_on(store.prepare(&[&OTHER, &RETYPED])).expect_err("one of them does not fit");
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'other'";
    let made: i64 = by_hand(&path).query_row(sql, [], |row| row.get(0)).expect("it can be asked");
    assert_eq!(made, 0);
}

#[test]
fn names_of_the_store_are_refused() {
    static EVENTS: Table = Table { name: "events", ..BALANCES };
    static RECORDS: Table = Table { name: "fidelis_records", ..BALANCES };
    static NULLABLE: Table =
        Table { name: "nullable", columns: &[ColumnDefinition::of::<Option<String>>("name")], key: &[0], indexes: &[] };
    let (_folder, path) = file();
    let store = open(&path);
    for (table, said) in [(&EVENTS, "`events`"), (&RECORDS, "`fidelis_records`"), (&NULLABLE, "may be null")] {
        names(&block_on(store.prepare(&[table])).expect_err("it cannot be a table"), ErrorKind::Invalid, &[said]);
    }
}

/// Numbers of one size are one key, however they are written.
#[test]
fn decimals_as_keys() {
    static RATES: Table = Table {
        name: "rates",
        columns: &[ColumnDefinition::of::<Decimal>("rate"), ColumnDefinition::of::<i64>("uses")],
        key: &[0],
        indexes: &[],
    };
    let (_folder, path) = file();
    let store = open(&path);
    block_on(store.prepare(&[&RATES])).expect("the table can be made");
    let rate = |text: &str| Value::Decimal(text.parse().expect("a decimal"));
    for (uses, text) in (0..).zip(["10", "9.5", "-0.10", "0", "9.50", "-0.0", "10.000"]) {
        let mut commit = commit();
        let row = Row::new([rate(text), Value::Integer(uses)]);
        commit.rows.push(RowChange::Put { table: &RATES, row, staged: false });
        write(&store, commit);
    }
    let expected =
        [("-0.1", 2), ("0", 5), ("9.5", 4), ("10", 6)].map(|(text, uses)| Row::new([rate(text), Value::Integer(uses)]));
    assert_eq!(rows(&store, &RATES), expected);
    let key = fidelis_core::projection::Key::new([rate("9.500")]);
    assert_eq!(block_on(store.row(&RATES, &key, false)).expect("it can be read"), Some(expected[2].clone()));
}
