use std::{collections::BTreeMap, fmt::Debug};

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::ErrorKind;

/// Some read model; columns and filters need no more of it than its name.
struct Balance;

const NAME: Columns<Balance, String> = Columns::new(0);
const AMOUNT: Columns<Balance, i64> = Columns::new(1);
const NOTE: Columns<Balance, Option<String>> = Columns::new(2);

static BALANCES: Table = Table {
    name: "balances",
    columns: &[
        ColumnDefinition::of::<String>("name"),
        ColumnDefinition::of::<i64>("amount"),
        ColumnDefinition::of::<Option<String>>("note"),
    ],
    key: &[0],
    indexes: &[],
};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn comes_back<C: Column + Debug + PartialEq>(column: C, value: Value) {
    assert_eq!(column.clone().into_value(), value);
    assert_eq!(value.column_type().unwrap_or(C::TYPE), C::TYPE);
    assert_eq!(C::from_value(value), Ok(column));
}

#[test]
fn columns_become_values_and_come_back() {
    comes_back(true, Value::Boolean(true));
    comes_back(i64::MIN, Value::Integer(i64::MIN));
    comes_back(i8::MIN, Value::Integer(-128));
    comes_back(u32::MAX, Value::Integer(4_294_967_295));
    comes_back(Decimal::MAX, Value::Decimal(Decimal::MAX));
    comes_back("Zoë 👍\0".to_owned(), text("Zoë 👍\0"));
    comes_back(Timestamp::MAX, Value::Timestamp(Timestamp::MAX));
    comes_back(Uuid::max(), Value::Uuid(Uuid::max()));
    comes_back(Id::<Balance>::from_uuid(Uuid::max()), Value::Uuid(Uuid::max()));
    comes_back(Some(5_i64), Value::Integer(5));
    comes_back(None::<i64>, Value::Null);
    comes_back(Json(vec![1, 2]), Value::Json("[1,2]".to_owned()));
    comes_back(Some(Json(vec![1])), Value::Json("[1]".to_owned()));
    // An absent value and a nested null are two things.
    comes_back(Some(Json(None::<i64>)), Value::Json("null".to_owned()));
    comes_back(None::<Json<i64>>, Value::Null);
}

#[test]
fn values_that_do_not_fit_come_back_as_they_were() {
    assert_eq!(u8::from_value(Value::Integer(256)), Err(Value::Integer(256)));
    assert_eq!(u32::from_value(Value::Integer(-1)), Err(Value::Integer(-1)));
    assert_eq!(i64::from_value(text("1")), Err(text("1")));
    assert_eq!(i64::from_value(Value::Null), Err(Value::Null));
    assert_eq!(String::from_value(Value::Json("\"a\"".to_owned())), Err(Value::Json("\"a\"".to_owned())));
    assert_eq!(Option::<i64>::from_value(text("1")), Err(text("1")));
    let broken = Value::Json("{\"a\":1}".to_owned());
    assert_eq!(Json::<Vec<i64>>::from_value(broken.clone()), Err(broken));
    assert_eq!(Json::<Vec<i64>>::from_value(text("[1]")), Err(text("[1]")));
}

#[test]
fn definitions_follow_the_type() {
    let definition = ColumnDefinition::of::<Option<Json<Vec<i64>>>>("tags");
    assert_eq!(definition, ColumnDefinition { name: "tags", column_type: ColumnType::Json, nullable: true });
    assert!(!ColumnDefinition::of::<i64>("amount").nullable);
}

#[test]
fn nested_values_are_used_like_what_they_hold() {
    let mut tags = Json(vec!["vip".to_owned()]);
    tags.push("new".to_owned());
    assert_eq!((tags.len(), tags.into_value()), (2, Value::Json(r#"["vip","new"]"#.to_owned())));
    assert_eq!(serde_json::to_string(&Json(5)).unwrap(), "5");
    assert_eq!(Json::from(5), Json(5));
}

#[test]
#[should_panic(expected = "cannot be kept in a column")]
fn nested_value_without_a_json_form_is_a_mistake() {
    let _ = Json(BTreeMap::from([((1, 2), 3)])).into_value();
}

#[test]
fn filters_say_columns_by_index() {
    let compare = |column, comparison, value| Condition::Compare { column, comparison, value };
    for (filter, condition) in [
        (NAME.eq("a"), compare(0, Comparison::Equal, text("a"))),
        (AMOUNT.ne(1), compare(1, Comparison::NotEqual, Value::Integer(1))),
        (AMOUNT.lt(1), compare(1, Comparison::Less, Value::Integer(1))),
        (AMOUNT.le(1), compare(1, Comparison::LessOrEqual, Value::Integer(1))),
        (AMOUNT.gt(1), compare(1, Comparison::Greater, Value::Integer(1))),
        (AMOUNT.ge(1), compare(1, Comparison::GreaterOrEqual, Value::Integer(1))),
        (NOTE.eq(None), compare(2, Comparison::Equal, Value::Null)),
        (NOTE.is_null(), Condition::Null { column: 2 }),
        (AMOUNT.is_in([1, 2]), Condition::In { column: 1, values: vec![Value::Integer(1), Value::Integer(2)] }),
        (NAME.like("A%"), Condition::Like { column: 0, pattern: "A%".to_owned() }),
    ] {
        assert_eq!(filter.into_condition(), condition);
    }
}

#[test]
fn filters_combine() {
    let row = [text("ACC-1"), Value::Integer(5), Value::Null];
    let holds = |filter: Filter<Balance>| evaluate::holds(&filter.into_condition(), &row);
    assert!(holds(NAME.like("ACC-%").and(AMOUNT.gt(0))));
    assert!(!holds(NAME.like("ACC-%").and(AMOUNT.gt(5))));
    assert!(holds(AMOUNT.gt(5).or(NOTE.is_null())));
    assert!(holds(!AMOUNT.gt(5)));
    assert!(!holds(!NOTE.eq(Some("a".to_owned()))), "null is not unlike anything either");
    assert!(holds(!(AMOUNT.gt(5).or(AMOUNT.lt(5)))));
    let order = [AMOUNT.ascending(), NAME.descending()].map(|order| (order.column, order.direction));
    assert_eq!(order, [(1, Direction::Ascending), (0, Direction::Descending)]);
}

#[test]
fn rows_give_their_values_and_keys() {
    let mut row = Row::new([text("a"), Value::Integer(5), Value::Null]);
    assert_eq!(BALANCES.key_of(&row), Key::new([text("a")]));
    assert_eq!(row.take::<Option<String>>(&BALANCES, 2), Ok(None));
    assert_eq!(row.take::<i64>(&BALANCES, 1), Ok(5));
    assert_eq!(row.take::<String>(&BALANCES, 0), Ok("a".to_owned()));

    let mut row = Row::new([Value::Integer(7)]);
    let wrong = row.take::<String>(&BALANCES, 0).unwrap_err().to_string();
    assert_eq!(wrong, "column `name` of read model `balances` holds a value of another type; rebuild the read model");
    let missing = row.take::<i64>(&BALANCES, 1).unwrap_err().to_string();
    assert_eq!(missing, "column `amount` of read model `balances` is missing; rebuild the read model");
}

#[test]
fn keys_are_values_in_order() {
    assert_eq!(5_i64.into_key(), Key::new([Value::Integer(5)]));
    assert_eq!(("a".to_owned(), 5_i64).into_key().values(), [text("a"), Value::Integer(5)]);
    assert_eq!((1_i64, 2_i64, true, "a".to_owned()).into_key().to_string(), "1, 2, true, a");
    assert!((1_i64, 9_i64).into_key() < (2_i64, 1_i64).into_key());
}

#[test]
fn tables_refuse_what_does_not_fit() {
    let refused = |result: Result<(), crate::Error>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        error.to_string()
    };
    assert!(BALANCES.check().is_ok());
    assert!(BALANCES.check_row(&Row::new([text("a"), Value::Integer(5), Value::Null])).is_ok());
    assert!(BALANCES.check_key(&Key::new([text("a")])).is_ok());

    let short = refused(BALANCES.check_row(&Row::new([text("a")])));
    assert_eq!(short, "a row of read model `balances` has 1 values: its table has 3 columns");
    let secret = refused(BALANCES.check_row(&Row::new([text("a"), text("secret"), Value::Null])));
    assert_eq!(secret, "column `amount` of read model `balances` got a value of another type: it holds Integer");
    let null = refused(BALANCES.check_row(&Row::new([text("a"), Value::Null, Value::Null])));
    assert_eq!(null, "column `amount` of read model `balances` got no value: it holds Integer");
    let long = refused(BALANCES.check_key(&Key::new([text("a"), text("b")])));
    assert_eq!(long, "a key of read model `balances` has 2 values: its table's key has 1 columns");
    assert_eq!(
        refused(BALANCES.check_key(&Key::new([Value::Null]))),
        "column `name` of read model `balances` got no value: it holds Text"
    );

    let keyless = Table { name: "keyless", columns: BALANCES.columns, key: &[], indexes: &[] };
    assert_eq!(refused(keyless.check()), "read model `keyless` has no key: mark a field `#[identifier]`");
    let beyond = Table { name: "beyond", columns: BALANCES.columns, key: &[0], indexes: &[3] };
    assert_eq!(refused(beyond.check()), "read model `beyond` has no column 3: it has 3, counted from 0");
}
