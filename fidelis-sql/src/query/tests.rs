use fidelis_core::{ErrorKind, projection::Comparison, projection::Condition};

use super::*;
use crate::tests::{ACCOUNTS, Plain};

const FROM: &str = r#"SELECT "number", "balance", "branch" FROM live."accounts""; drop table x""#;

fn select(condition: Option<Condition>, order: Vec<Order>) -> Selection {
    Selection { table: &ACCOUNTS, condition, order, offset: 20, limit: u64::MAX, count: false }
}

fn compare(column: usize, comparison: Comparison, value: Value) -> Condition {
    Condition::Compare { column, comparison, value }
}

fn check(condition: Condition, text: &str, parameters: &[Value]) {
    let written = count(&Plain, &select(Some(condition), vec![])).expect("it is short");
    let sql = format!(r#"SELECT count(*) FROM live."accounts""; drop table x" WHERE {text}"#);
    assert_eq!(written, Statement { sql, parameters: parameters.to_vec() });
}

#[test]
fn pages_are_in_a_complete_order() {
    let order = vec![Order { column: 1, direction: Direction::Descending }, Order { column: 0, direction: Direction::Ascending }];
    let written = rows(&Plain, &select(None, order)).expect("it is short");
    let order = r#"ORDER BY "balance" COLLATE size DESC NULLS LAST, "number" ASC NULLS FIRST, "branch" ASC NULLS FIRST"#;
    assert_eq!(written.sql, format!("{FROM} {order} LIMIT ?1 OFFSET ?2"));
    assert_eq!(written.parameters, [Value::Integer(i64::MAX), Value::Integer(20)]);
}

#[test]
fn conditions_bind_what_they_compare_with() {
    let five = || Value::Decimal(5.into());
    let above = || compare(1, Comparison::Greater, five());
    let hostile = "' OR 1 = 1; --";
    check(above(), r#""balance" COLLATE size > ?1"#, &[five()]);
    check(compare(0, Comparison::Equal, Value::Text(hostile.into())), r#""number" = ?1"#, &[Value::Text(hostile.into())]);
    let like = || Condition::Like { column: 0, pattern: hostile.into() };
    check(like(), r#""number" LIKE ?1"#, &[Value::Text(hostile.into())]);
    let both = Condition::And(Box::new((above(), Condition::Not(Box::new(like())))));
    check(both, r#"("balance" COLLATE size > ?1 AND NOT ("number" LIKE ?2))"#, &[five(), Value::Text(hostile.into())]);
    let either = Condition::Or(Box::new((Condition::Null { column: 1 }, above())));
    check(either, r#"("balance" IS NULL OR "balance" COLLATE size > ?1)"#, &[five()]);
}

#[test]
fn what_does_not_compare_is_unknown() {
    check(compare(1, Comparison::Equal, Value::Null), "NULL", &[]);
    check(compare(1, Comparison::Equal, Value::Integer(5)), "NULL", &[]);
    check(Condition::Like { column: 2, pattern: "5".into() }, "NULL", &[]);
    check(Condition::In { column: 2, values: vec![] }, "1 = 0", &[]);
    let values = vec![Value::Integer(1), Value::Null, Value::Text("1".into()), Value::Integer(2)];
    check(Condition::In { column: 2, values }, r#""branch" IN (?1, NULL, NULL, ?2)"#, &[Value::Integer(1), Value::Integer(2)]);
}

#[test]
fn more_values_than_a_statement_holds_are_refused() {
    let values = (0..).map(Value::Integer).take(MOST_PARAMETERS + 1).collect();
    let error = count(&Plain, &select(Some(Condition::In { column: 2, values }), vec![])).expect_err("they are too many");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("accounts"), "{error}");
}

#[test]
fn rows_are_found_by_key() {
    assert_eq!(row(&Plain, &ACCOUNTS, false), format!(r#"{FROM} WHERE "branch" = ?1 AND "number" = ?2"#));
    let delete = delete(&Plain, &ACCOUNTS, true);
    assert_eq!(delete, r#"DELETE FROM staged."accounts""; drop table x" WHERE "branch" = ?1 AND "number" = ?2"#);
    let put = put(&Plain, &ACCOUNTS, false);
    let columns = r#"("number", "balance", "branch") VALUES (?1, ?2, ?3)"#;
    let update = r#"ON CONFLICT ("branch", "number") DO UPDATE SET "balance" = excluded."balance""#;
    assert_eq!(put, format!(r#"INSERT INTO live."accounts""; drop table x" {columns} {update}"#));
}
