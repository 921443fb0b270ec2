//! Selections: SQL's logic, exact comparisons, a complete order, pages.

use std::sync::Arc;

use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
use Direction::{Ascending, Descending};

use super::{
    Harness,
    material::{BALANCES, VALUES, at, balance, everything, open, select, value},
    write::Write,
};
use crate::{
    ErrorKind, Store, Value,
    projection::{Comparison, Condition, Direction, Order, Selection},
};

const FLAG: usize = 1;
const NUMBER: usize = 2;
const AMOUNT: usize = 3;
const WORDS: usize = 4;
const MOMENT: usize = 5;
const IDENTITY: usize = 6;

/// Rows named `a`, `b`, `c`, … with these values in one column, and no others.
async fn with_values(store: &dyn Store, column: usize, values: &[Value]) {
    let mut write = Write::new().promote(&VALUES);
    for (name, found) in ('a'..).zip(values) {
        write = write.put_staged(&VALUES, value(&name.to_string(), column, found.clone()));
    }
    write.stored(store).await;
}

fn compare(column: usize, comparison: Comparison, value: Value) -> Condition {
    Condition::Compare { column, comparison, value }
}

fn and(one: Condition, other: Condition) -> Condition {
    Condition::And(Box::new((one, other)))
}

fn or(one: Condition, other: Condition) -> Condition {
    Condition::Or(Box::new((one, other)))
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// The names of the rows for which a condition holds, in one word.
async fn names(store: &dyn Store, condition: Condition) -> String {
    let selection = Selection { condition: Some(condition), ..everything(&VALUES) };
    in_order(store, selection).await
}

async fn in_order(store: &dyn Store, selection: Selection) -> String {
    select(store, &selection).await.iter().map(|row| row.values()[0].to_string()).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal number"))
}

pub(super) async fn comparisons_on_every_type(harness: &dyn Harness) {
    let store = open(harness).await;
    let uuid = |bits| Value::Uuid(uuid::Uuid::from_u128(bits));
    let time = |micros| Value::Timestamp(at(0) + jiff::SignedDuration::from_micros(micros));
    // Four values from small to large, the second twice; where texts would be ordered otherwise, the better.
    for (column, values) in [
        (NUMBER, [-10, 9, 9, 10, i64::MAX].map(Value::Integer)),
        (AMOUNT, [decimal("-10.5"), decimal("9"), decimal("9.00"), decimal("9.01"), decimal("10")]),
        (AMOUNT, ["-79228162514264337593543950335", "0.1", "0.10", "0.1000000000000000000000000001", "2"].map(decimal)),
        (WORDS, [text("ACC-1"), text("ACC-10"), text("ACC-10"), text("ACC-2"), text("acc-1")]),
        (MOMENT, [time(-1), time(0), time(0), time(1), time(1_000_000)]),
        (IDENTITY, [uuid(0), uuid(9), uuid(9), uuid(10), uuid(u128::MAX)]),
    ] {
        with_values(&*store, column, &values).await;
        for (comparison, expected) in
            [(Equal, "bc"), (NotEqual, "ade"), (Less, "a"), (LessOrEqual, "abc"), (Greater, "de"), (GreaterOrEqual, "bcde")]
        {
            let condition = compare(column, comparison, values[1].clone());
            assert_eq!(names(&*store, condition.clone()).await, expected, "{condition:?}");
        }
        let order = vec![Order { column, direction: Descending }];
        assert_eq!(in_order(&*store, Selection { order, ..everything(&VALUES) }).await, "edbca");
    }
    with_values(&*store, FLAG, &[true, false].map(Value::Boolean)).await;
    assert_eq!(names(&*store, compare(FLAG, Equal, Value::Boolean(true))).await, "a");
    assert_eq!(names(&*store, compare(FLAG, Less, Value::Boolean(true))).await, "b");
    assert_eq!(names(&*store, compare(FLAG, NotEqual, Value::Boolean(true))).await, "b");
}

pub(super) async fn one_of_several(harness: &dyn Harness) {
    let store = open(harness).await;
    with_values(&*store, NUMBER, &[Value::Integer(1), Value::Integer(2), Value::Null, Value::Integer(3)]).await;
    let one_of = |values: &[Value]| Condition::In { column: NUMBER, values: values.to_vec() };
    for (condition, expected) in [
        (one_of(&[Value::Integer(3), Value::Integer(1), Value::Integer(1), Value::Integer(7)]), "ad"),
        (one_of(&[Value::Integer(7)]), ""),
        (one_of(&[]), ""),
        (one_of(&[Value::Null]), ""),
        (one_of(&[Value::Integer(1), Value::Null]), "a"),
        (not(one_of(&[Value::Integer(1)])), "bd"),
        (not(one_of(&[Value::Integer(1), Value::Null])), ""),
        (not(one_of(&[])), "abcd"),
    ] {
        assert_eq!(names(&*store, condition.clone()).await, expected, "{condition:?}");
    }
    let many: Vec<_> = (2..5_000).map(Value::Integer).collect();
    assert_eq!(names(&*store, one_of(&many)).await, "bd");
    with_values(&*store, AMOUNT, &["0.10", "1", "5"].map(decimal)).await;
    let values = ["0.1", "1.000"].map(decimal).to_vec();
    assert_eq!(names(&*store, Condition::In { column: AMOUNT, values }).await, "ab");
}

pub(super) async fn patterns(harness: &dyn Harness) {
    let store = open(harness).await;
    let words = ["ACC-001", "acc-001", "100%", "100", "a_b", "axb", "a\\b", "", "Zoë", "👍👍"];
    with_values(&*store, WORDS, &words.map(text)).await;
    for (pattern, expected) in [
        ("ACC-001", "a"),
        ("ACC-%", "a"),
        ("%-001", "ab"),
        ("%0%1%", "ab"),
        ("A_C-__1", "a"),
        ("100%", "cd"),
        (r"100\%", "c"),
        ("a_b", "efg"),
        (r"a\_b", "e"),
        (r"a\\b", "g"),
        (r"\a\x\b", "f"),
        ("a\\", ""),
        ("%\\", ""),
        ("", "h"),
        ("%", "abcdefghij"),
        ("%%", "abcdefghij"),
        ("_%", "abcdefgij"),
        ("Zo_", "i"),
        ("___", "defgi"),
        ("__", "j"),
        ("👍%", "j"),
        ("%001", "ab"),
        ("ACC", ""),
        ("[A]CC-001", ""),
        ("ACC*", ""),
        ("ACC.001", ""),
    ] {
        let condition = Condition::Like { column: WORDS, pattern: pattern.to_owned() };
        assert_eq!(names(&*store, condition).await, expected, "like `{pattern}`");
    }
    with_values(&*store, WORDS, &[text("a\\"), text("a"), Value::Null]).await;
    // A `\` at the end stands for itself.
    let trailing = Condition::Like { column: WORDS, pattern: "a\\".to_owned() };
    assert_eq!(names(&*store, trailing.clone()).await, "a");
    assert_eq!(names(&*store, not(trailing)).await, "b", "null is like nothing and unlike nothing");
}

pub(super) async fn combinations(harness: &dyn Harness) {
    let store = open(harness).await;
    with_values(&*store, NUMBER, &[1, 2, 3, 4, 5, 6].map(Value::Integer)).await;
    let above = |bound| compare(NUMBER, Greater, Value::Integer(bound));
    let below = |bound| compare(NUMBER, Less, Value::Integer(bound));
    for (condition, expected) in [
        (and(above(1), below(4)), "bc"),
        (or(below(2), above(5)), "af"),
        (not(and(above(1), below(4))), "adef"),
        (not(or(below(2), above(5))), "bcde"),
        (and(or(below(3), above(4)), not(below(2))), "bef"),
        (or(and(above(4), below(3)), below(2)), "a"),
        (and(above(4), or(below(3), below(6))), "e"),
        (not(not(above(5))), "f"),
    ] {
        assert_eq!(names(&*store, condition.clone()).await, expected, "{condition:?}");
    }
    let deep = (0..60).fold(above(0), |condition, bound| and(condition, or(above(bound % 3), below(0))));
    assert_eq!(names(&*store, deep).await, "cdef");
}

pub(super) async fn nulls_are_unknown(harness: &dyn Harness) {
    let store = open(harness).await;
    with_values(&*store, NUMBER, &[Value::Integer(1), Value::Null, Value::Integer(3)]).await;
    let null = || Condition::Null { column: NUMBER };
    let is = |comparison| compare(NUMBER, comparison, Value::Integer(1));
    let with_null = |comparison| compare(NUMBER, comparison, Value::Null);
    let always = || Condition::Null { column: WORDS };
    for (condition, expected) in [
        (null(), "b"),
        (not(null()), "ac"),
        (is(Equal), "a"),
        (is(NotEqual), "c"),
        (not(is(Equal)), "c"),
        (not(is(NotEqual)), "a"),
        (is(LessOrEqual), "a"),
        (with_null(Equal), ""),
        (with_null(NotEqual), ""),
        (not(with_null(Equal)), ""),
        (or(is(Equal), not(is(Equal))), "ac"),
        // Unknown and false is false, unknown or true is true.
        (not(and(is(Equal), not(always()))), "abc"),
        (or(is(Equal), always()), "abc"),
        (and(is(Equal), always()), "a"),
        (not(or(is(Equal), not(always()))), "c"),
        (or(is(Equal), null()), "ab"),
    ] {
        assert_eq!(names(&*store, condition.clone()).await, expected, "{condition:?}");
    }
}

pub(super) async fn order_is_complete(harness: &dyn Harness) {
    let store = open(harness).await;
    let mut write = Write::new();
    for (name, number, words) in [("f", 2, "x"), ("a", 1, "y"), ("c", 2, "y"), ("e", 1, "x"), ("b", 2, "x"), ("d", 1, "y")] {
        let mut row = value(name, NUMBER, Value::Integer(number)).values().to_vec();
        row[WORDS] = text(words);
        write = write.put(&VALUES, crate::projection::Row::new(row));
    }
    write.stored(&*store).await;
    let by = |column, direction| Order { column, direction };
    for (order, expected) in [
        (vec![], "abcdef"),
        (vec![by(0, Descending)], "fedcba"),
        (vec![by(NUMBER, Ascending)], "adebcf"),
        (vec![by(NUMBER, Descending)], "bcfade"),
        (vec![by(NUMBER, Ascending), by(WORDS, Ascending)], "eadbfc"),
        (vec![by(WORDS, Descending), by(NUMBER, Ascending)], "adcebf"),
        (vec![by(NUMBER, Descending), by(0, Descending)], "fcbeda"),
        (vec![by(IDENTITY, Descending)], "abcdef"),
    ] {
        assert_eq!(in_order(&*store, Selection { order: order.clone(), ..everything(&VALUES) }).await, expected, "{order:?}");
    }
}

pub(super) async fn nulls_first_ascending_last_descending(harness: &dyn Harness) {
    let store = open(harness).await;
    for (column, small, large) in [
        (NUMBER, Value::Integer(i64::MIN), Value::Integer(1)),
        (AMOUNT, decimal("-1"), decimal("1")),
        (WORDS, text(""), text("x")),
        (MOMENT, Value::Timestamp(at(-1)), Value::Timestamp(at(1))),
    ] {
        with_values(&*store, column, &[large, Value::Null, small, Value::Null]).await;
        for (direction, expected) in [(Ascending, "bdca"), (Descending, "acbd")] {
            let order = vec![Order { column, direction }];
            assert_eq!(in_order(&*store, Selection { order, ..everything(&VALUES) }).await, expected);
        }
    }
}

pub(super) async fn texts_are_ordered_by_code_point(harness: &dyn Harness) {
    let store = open(harness).await;
    // By UTF-16 the last but one would come before the one above it.
    let words = ["", " ", "10", "9", "A", "Z", "_", "a", "aa", "b", "z", "é", "\u{ff5e}", "👍", "\u{10ffff}"];
    let shuffled: Vec<_> = (0..words.len()).map(|index| text(words[index * 7 % words.len()])).collect();
    with_values(&*store, WORDS, &shuffled).await;
    let order = vec![Order { column: WORDS, direction: Ascending }];
    let sorted = select(&*store, &Selection { order, ..everything(&VALUES) }).await;
    assert_eq!(sorted.iter().map(|row| row.values()[WORDS].to_string()).collect::<Vec<_>>(), words);
    let below = Selection { condition: Some(compare(WORDS, Less, text("a"))), ..everything(&VALUES) };
    assert_eq!(select(&*store, &below).await.len(), 7);
    let above = Selection { condition: Some(compare(WORDS, GreaterOrEqual, text("\u{ff5e}"))), ..everything(&VALUES) };
    assert_eq!(select(&*store, &above).await.len(), 3);
}

/// Balances from 1 to 50, by the names `01` to `50`.
async fn with_balances(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    let write = (1..=50).rev().fold(Write::new(), |write, amount| write.put(&BALANCES, balance(&format!("{amount:02}"), amount)));
    write.stored(&*store).await;
    store
}

pub(super) async fn pages_with_totals(harness: &dyn Harness) {
    let store = with_balances(harness).await;
    let even_tens = || Condition::In { column: 1, values: [20, 40, 10, 30, 50].map(Value::Integer).to_vec() };
    let all = 1..=50;
    for (condition, direction, offset, limit, expected, total) in [
        (None, Ascending, 0, 3, vec![1, 2, 3], 50),
        (None, Ascending, 3, 3, vec![4, 5, 6], 50),
        (None, Descending, 3, 3, vec![47, 46, 45], 50),
        (None, Ascending, 48, 3, vec![49, 50], 50),
        (None, Ascending, 50, 3, vec![], 50),
        (None, Ascending, u64::MAX, u64::MAX, vec![], 50),
        (None, Ascending, 0, 0, vec![], 50),
        (None, Ascending, 0, u64::MAX, all.clone().collect(), 50),
        (None, Descending, 45, u64::MAX, vec![5, 4, 3, 2, 1], 50),
        (Some(even_tens()), Ascending, 1, 2, vec![20, 30], 5),
        (Some(even_tens()), Descending, 4, 10, vec![10], 5),
        (Some(Condition::Null { column: 1 }), Ascending, 0, 10, vec![], 0),
    ] {
        let order = vec![Order { column: 1, direction }];
        for count in [true, false] {
            let selection =
                Selection { table: &BALANCES, condition: condition.clone(), order: order.clone(), offset, limit, count };
            let selected = store.select(&selection).await.expect("rows can be selected");
            let expected: Vec<_> = expected.iter().map(|&amount| balance(&format!("{amount:02}"), amount)).collect();
            assert_eq!((selected.rows, selected.total), (expected, count.then_some(total)), "{selection:?}");
        }
    }
}

pub(super) async fn unknown_columns_are_refused(harness: &dyn Harness) {
    let store = with_balances(harness).await;
    let unknown = [
        compare(2, Equal, Value::Integer(1)),
        Condition::In { column: 7, values: vec![] },
        and(Condition::Null { column: 0 }, not(Condition::Null { column: usize::MAX })),
    ];
    let conditions = unknown.map(|condition| Selection { condition: Some(condition), ..everything(&BALANCES) });
    let order = Selection { order: vec![Order { column: 2, direction: Ascending }], ..everything(&BALANCES) };
    for selection in conditions.into_iter().chain([order]) {
        let error = store.select(&selection).await.expect_err("there is no such column");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("conformance_balances"), "`{error}` does not name the table");
    }
}
