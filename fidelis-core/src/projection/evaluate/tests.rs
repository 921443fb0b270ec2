use super::*;
use crate::projection::{ColumnDefinition, Order, Table};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn is(comparison: Comparison, value: Value) -> Condition {
    Condition::Compare { column: 0, comparison, value }
}

#[test]
fn three_valued_logic() {
    let row = [Value::Integer(1), Value::Null];
    let truth = || is(Comparison::Equal, Value::Integer(1));
    let falsehood = || is(Comparison::Equal, Value::Integer(2));
    let unknown = || Condition::Compare { column: 1, comparison: Comparison::Equal, value: Value::Integer(1) };
    let and = |one: Condition, other: Condition| evaluate(&Condition::And(Box::new((one, other))), &row);
    let or = |one: Condition, other: Condition| evaluate(&Condition::Or(Box::new((one, other))), &row);
    let not = |one: Condition| evaluate(&Condition::Not(Box::new(one)), &row);

    let (yes, no, perhaps) = (Some(true), Some(false), None);
    assert_eq!([evaluate(&truth(), &row), evaluate(&falsehood(), &row), evaluate(&unknown(), &row)], [yes, no, perhaps]);
    assert_eq!([and(truth(), truth()), and(truth(), falsehood()), and(truth(), unknown())], [yes, no, perhaps]);
    assert_eq!([and(unknown(), truth()), and(unknown(), falsehood()), and(unknown(), unknown())], [perhaps, no, perhaps]);
    assert_eq!([and(falsehood(), truth()), and(falsehood(), falsehood()), and(falsehood(), unknown())], [no, no, no]);
    assert_eq!([or(truth(), truth()), or(truth(), falsehood()), or(truth(), unknown())], [yes, yes, yes]);
    assert_eq!([or(unknown(), truth()), or(unknown(), falsehood()), or(unknown(), unknown())], [yes, perhaps, perhaps]);
    assert_eq!([or(falsehood(), truth()), or(falsehood(), falsehood()), or(falsehood(), unknown())], [yes, no, perhaps]);
    assert_eq!([not(truth()), not(falsehood()), not(unknown())], [no, yes, perhaps]);
    assert!(holds(&truth(), &row) && !holds(&falsehood(), &row) && !holds(&unknown(), &row));
}

#[test]
fn lists() {
    let one_of = |values: &[Value]| Condition::In { column: 0, values: values.to_vec() };
    let (one, two) = (Value::Integer(1), Value::Integer(2));
    for (found, values, expected) in [
        (&one, &[one.clone(), two.clone()][..], Some(true)),
        (&one, std::slice::from_ref(&two), Some(false)),
        (&one, &[Value::Null, one.clone()], Some(true)),
        (&one, &[two.clone(), Value::Null], None),
        (&one, &[], Some(false)),
        (&Value::Null, std::slice::from_ref(&one), None),
        (&Value::Null, &[Value::Null], None),
        (&Value::Null, &[], Some(false)),
    ] {
        assert_eq!(evaluate(&one_of(values), std::slice::from_ref(found)), expected, "{found:?} in {values:?}");
    }
}

#[test]
fn comparisons() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    for (found, expected) in [
        (1, [false, true, true, true, false, false]),
        (2, [true, false, false, true, false, true]),
        (3, [false, true, false, false, true, true]),
    ] {
        let row = [Value::Integer(found)];
        let results = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]
            .map(|comparison| holds(&is(comparison, Value::Integer(2)), &row));
        assert_eq!(results, expected, "{found}");
    }
}

#[test]
fn values_compare_within_their_type() {
    let decimal = |text: &str| Value::Decimal(text.parse().expect("a decimal number"));
    assert_eq!(compare(&decimal("1.0"), &decimal("1.00")), Some(Ordering::Equal));
    assert_eq!(compare(&decimal("9.9"), &decimal("10")), Some(Ordering::Less));
    assert_eq!(compare(&text("Z"), &text("a")), Some(Ordering::Less));
    assert_eq!(compare(&text("\u{ff5e}"), &text("👍")), Some(Ordering::Less), "by code point, not by UTF-16");
    assert_eq!(compare(&Value::Boolean(false), &Value::Boolean(true)), Some(Ordering::Less));
    assert_eq!(compare(&Value::Null, &Value::Null), None);
    assert_eq!(compare(&Value::Integer(1), &Value::Null), None);
    assert_eq!(compare(&Value::Integer(1), &decimal("1")), None);
    assert_eq!(compare(&text("[]"), &Value::Json("[]".to_owned())), None);
    // Neither is a column that is not there.
    assert_eq!(evaluate(&Condition::Null { column: 3 }, &[]), Some(true));
}

#[test]
fn patterns() {
    for (pattern, matching, other) in [
        ("", &[""][..], &["a", " "][..]),
        ("%", &["", "a", "a\nb", "👍"], &[]),
        ("_", &["a", "é", "👍", "\n"], &["", "ab", "e\u{301}"]),
        ("a%", &["a", "ab", "a%"], &["", "ba", "A"]),
        ("%a", &["a", "ba", "aa", "aba"], &["", "ab"]),
        ("%a%", &["a", "bab", "aaa"], &["", "b"]),
        ("a%b%c", &["abc", "axbxc", "abbcc", "abcbc"], &["ab", "acb", "abcd"]),
        ("%ab%ab%", &["abab", "xabxabx", "aabab"], &["ab", "aab", "abxxba"]),
        ("_%_", &["ab", "abc"], &["", "a"]),
        (r"100\%", &["100%"], &["100", "1000", r"100\%"]),
        (r"a\_b", &["a_b"], &["axb"]),
        (r"a\\b", &[r"a\b"], &["ab", r"a\\b"]),
        (r"\a", &["a"], &[r"\a"]),
        (r"a\", &[r"a\"], &["a", r"a\\"]),
        (r"%\%", &["%", "a%"], &["", "a"]),
        (r"%\", &[r"\", r"a\"], &["", "a"]),
        ("[a]", &["[a]"], &["a"]),
    ] {
        for text in matching {
            assert!(like(pattern, text), "`{text}` is like `{pattern}`");
        }
        for text in other {
            assert!(!like(pattern, text), "`{text}` is not like `{pattern}`");
        }
    }
    let like_a = Condition::Like { column: 0, pattern: "a".to_owned() };
    assert_eq!(evaluate(&like_a, &[Value::Null]), None);
    assert_eq!(evaluate(&like_a, &[Value::Json("a".to_owned())]), None);
}

#[test]
fn patterns_with_many_wildcards_end() {
    let pattern = "a%".repeat(50) + "b";
    assert!(!like(&pattern, &"a".repeat(2_000)));
    assert!(like(&pattern, &("a".repeat(2_000) + "b")));
}

#[test]
fn rows_are_ordered_completely() {
    static TABLE: Table = Table {
        name: "ordered",
        columns: &[ColumnDefinition::of::<Option<i64>>("number"), ColumnDefinition::of::<String>("name")],
        key: &[1],
        indexes: &[],
    };
    let order = |direction| Selection {
        table: &TABLE,
        condition: None,
        order: vec![Order { column: 0, direction }],
        offset: 0,
        limit: u64::MAX,
        count: false,
    };
    let row = |number: Option<i64>, name: &str| [number.map_or(Value::Null, Value::Integer), text(name)];
    let (null, small, large) = (row(None, "c"), row(Some(-5), "b"), row(Some(5), "a"));
    let (up, down) = (order(Direction::Ascending), order(Direction::Descending));
    assert_eq!(compare_rows(&up, &null, &small), Ordering::Less);
    assert_eq!(compare_rows(&up, &small, &large), Ordering::Less);
    assert_eq!(compare_rows(&down, &null, &small), Ordering::Greater);
    assert_eq!(compare_rows(&down, &small, &large), Ordering::Greater);
    // Among equals the key decides, upwards in either direction.
    for order in [up, down] {
        assert_eq!(compare_rows(&order, &row(Some(1), "a"), &row(Some(1), "b")), Ordering::Less);
        assert_eq!(compare_rows(&order, &row(None, "a"), &row(None, "a")), Ordering::Equal);
    }
}
