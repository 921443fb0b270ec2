use fidelis_core::projection::{ColumnDefinition, Table};

use super::*;
use crate::tests::{ACCOUNTS, Plain};

fn found() -> FoundTable {
    let column =
        |name: &str, declared: &str, nullable, key| FoundColumn { name: name.into(), declared: declared.into(), nullable, key };
    let columns = vec![
        column("branch", "integer", false, Some(0)),
        column("number", "TEXT", false, Some(1)),
        column("balance", "DECIMAL", true, None),
    ];
    FoundTable { columns, indexes: vec![FoundIndex { name: "any name".into(), columns: vec!["balance".into()] }] }
}

/// What differs when the table that is there is changed like this.
fn differences(change: impl FnOnce(&mut FoundTable)) -> String {
    let mut found = found();
    change(&mut found);
    compare(&Plain, &ACCOUNTS, &found).expect_err("it does not fit").differences().join("; ")
}

#[test]
fn tables_are_created_as_they_are_defined() {
    let columns = r#""number" TEXT NOT NULL, "balance" DECIMAL, "branch" INTEGER NOT NULL, PRIMARY KEY ("branch", "number")"#;
    let name = r#"live."accounts""; drop table x""#;
    assert_eq!(create_table(&Plain, &ACCOUNTS, false), format!("CREATE TABLE {name} ({columns})"));
    let index = create_index(&Plain, &ACCOUNTS, false, 1, 0);
    assert_eq!(index, format!(r#"CREATE INDEX "accounts""; drop table x.balance.0" ON {name} ("balance" COLLATE size)"#));
    assert_eq!(add_column(&Plain, &ACCOUNTS, false, 1), format!(r#"ALTER TABLE {name} ADD COLUMN "balance" DECIMAL"#));
}

#[test]
fn what_fits_is_left_alone() {
    assert_eq!(compare(&Plain, &ACCOUNTS, &found()), Ok(vec![]));
}

#[test]
fn columns_and_indexes_are_added_and_indexes_dropped() {
    let mut before = found();
    before.columns.pop();
    before.indexes[0].columns = vec!["branch".into(), "number".into()];
    let changes = vec![Change::AddColumn(1), Change::DropIndex("any name".into()), Change::AddIndex(1)];
    assert_eq!(compare(&Plain, &ACCOUNTS, &before), Ok(changes));
    // One index on a column is enough.
    let mut twice = found();
    twice.indexes.push(FoundIndex { name: "another".into(), columns: vec!["balance".into()] });
    assert_eq!(compare(&Plain, &ACCOUNTS, &twice), Ok(vec![Change::DropIndex("another".into())]));
}

#[test]
fn what_needs_a_rebuild_is_refused() {
    assert_eq!(differences(|found| found.columns[2].declared = "TEXT".into()), "column `balance` is TEXT, not DECIMAL");
    let nullable = differences(|found| found.columns[2].nullable = false);
    assert_eq!(nullable, "column `balance` must not be null there and may be null here");
    let missing = differences(|found| drop(found.columns.remove(0)));
    assert_eq!(missing, "column `branch` is missing and must not be null; its key is (number), not (branch, number)");
    let gone = differences(|found| {
        let old = FoundColumn { name: "old".into(), ..found.columns[2].clone() };
        found.columns.push(old);
    });
    assert_eq!(gone, "column `old` is not in the definition");
    let key = differences(|found| {
        found.columns[0].key = Some(1);
        found.columns[1].key = Some(0);
    });
    assert_eq!(key, "its key is (number, branch), not (branch, number)");
}

#[test]
fn all_differences_are_told_at_once_with_the_way_out() {
    let mut found = found();
    found.columns[1].declared = "UUID".into();
    found.columns[2].declared = "TEXT".into();
    let error = compare(&Plain, &ACCOUNTS, &found).expect_err("it does not fit").to_string();
    for part in ["accounts", "column `number` is UUID, not TEXT; column `balance` is TEXT, not DECIMAL", "rebuild"] {
        assert!(error.contains(part), "`{error}` does not say `{part}`");
    }
}

/// A key column is never added, not even one that may be null.
#[test]
fn keys_do_not_grow() {
    static KEYED: Table = Table {
        name: "keyed",
        columns: &[ColumnDefinition::of::<i64>("one"), ColumnDefinition::of::<Option<i64>>("other")],
        key: &[0, 1],
        indexes: &[],
    };
    let one = FoundColumn { name: "one".into(), declared: "INTEGER".into(), nullable: false, key: Some(0) };
    let found = FoundTable { columns: vec![one], indexes: vec![] };
    assert!(compare(&Plain, &KEYED, &found).is_err());
}
