//! The same bytes.

use std::{collections::BTreeMap, sync::Arc};

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap, SerializeSeq, SerializeStruct},
};
use serde_json::{Value, json, value::RawValue};
use uuid::Uuid;

use crate::codec::{to_json, write::written};

/// Checks that a value is written as `serde_json` writes it, by us.
fn fast<T: Serialize + ?Sized>(value: &T) {
    assert_eq!(written(value).as_deref(), Some(&*serde_json::to_string(value).unwrap()));
    assert_eq!(*to_json(value).unwrap(), *serde_json::to_string(value).unwrap());
}

/// Checks that a value, or its error, is left to `serde_json`.
fn slow<T: Serialize + ?Sized>(value: &T) {
    assert_eq!(written(value), None);
    let (found, expected) = (to_json(value), serde_json::to_string(value));
    assert_eq!(found.map(String::from).map_err(|error| error.to_string()), expected.map_err(|error| error.to_string()));
}

#[derive(Serialize)]
struct Order {
    id: Uuid,
    amount: Money,
    reference: Option<&'static str>,
    at: jiff::Timestamp,
    lines: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Arc<str>>,
    #[serde(rename = "a \"name\"\n")]
    strange: (),
    #[serde(flatten)]
    rest: BTreeMap<&'static str, Shape>,
}

#[derive(Serialize)]
struct Money(rust_decimal::Decimal);

#[derive(Serialize)]
struct Line {
    price: i64,
    shapes: [Shape; 5],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
enum Shape {
    Dot,
    Circle(u32),
    Line(i8, i8),
    Area {
        width: u64,
        height: u64,
    },
    #[serde(rename = "\\")]
    Strange,
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Pair(u8, Option<Option<bool>>);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Key<T>(T);

const SHAPES: [Shape; 5] =
    [Shape::Dot, Shape::Circle(7), Shape::Line(-1, 1), Shape::Area { width: u64::MAX, height: 0 }, Shape::Strange];

#[test]
fn structs_and_enums() {
    fast(&Order {
        id: Uuid::from_u128(0x018f_4e2c_7b1a_7c3d_9e4f_5a6b_7c8d_9e0f),
        amount: Money("1234.50".parse().unwrap()),
        reference: Some("salary of Jüne"),
        at: "2025-06-07T08:09:10.5Z".parse().unwrap(),
        lines: vec![Line { price: -5, shapes: SHAPES }, Line { price: i64::MIN, shapes: SHAPES }],
        note: None,
        strange: (),
        rest: BTreeMap::from([("x", Shape::Dot), ("y", Shape::Strange)]),
    });
    fast(&SHAPES);
    fast(&(Unit, Empty {}, Pair(1, None), Pair(2, Some(None)), Pair(3, Some(Some(true))), (), Key("x")));
    fast(&Vec::<u8>::new());
    fast(&BTreeMap::<u8, u8>::new());
    fast(&[[[0_u8; 0]; 1]; 2]);
}

#[test]
fn texts() {
    for special in (0..0x20).chain([0x22, 0x2f, 0x5c, 0x7f, 0x80, 0xe4, 0x2028, 0xfffd, 0x1f600]).filter_map(char::from_u32) {
        fast(&special);
        for length in 0..20 {
            fast(&format!("{}{special}{}", "x".repeat(length), "ü".repeat(length)));
            fast(&format!("{special}{special}{}{special}", "y".repeat(length)));
        }
    }
    fast("");
    fast(&format_args!("a{}b{:?}c", "\"\n", "\\"));
    fast(&"x\"".repeat(100_000));
    fast("after a long one");
}

#[test]
fn numbers() {
    fast(&(u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX, i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN));
    fast(&(0_u8, 9_u16, 10_u32, 99_u64, 100_u128, -1_i8, -9_i16, -10_i32, -99_i64, -100_i128));
    for float in
        [0.0, -0.0, 0.1, 1.0, 1e15, 1e16, 1e21, 1e-7, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::EPSILON, f64::NAN, f64::INFINITY]
    {
        fast(&(float, float as f32, -float));
    }
    fast(&(true, false));
}

#[test]
fn keys() {
    fast(&BTreeMap::from([("a\"", 1), ("", 2)]));
    fast(&BTreeMap::from([(u64::MAX, 1), (0, 2)]));
    fast(&BTreeMap::from([(i128::MIN, 1), (-1, 2)]));
    fast(&BTreeMap::from([(true, 1), (false, 2)]));
    fast(&BTreeMap::from([('\n', 1), ('ä', 2)]));
    fast(&BTreeMap::from([(Key(Some(Key(7_u8))), 1)]));
    fast(&BTreeMap::from([(Shape::Dot, 1), (Shape::Strange, 2)]));
    fast(&BTreeMap::from([(Uuid::nil(), 1)]));
    for shape in SHAPES {
        if !matches!(shape, Shape::Dot | Shape::Strange) {
            slow(&BTreeMap::from([(shape, 1)]));
        }
    }
    slow(&BTreeMap::from([((), 1)]));
    slow(&BTreeMap::from([(None::<u8>, 1)]));
    slow(&BTreeMap::from([(vec![1], 1)]));
    slow(&Entry(1.5));
    slow(&Entry(f64::NAN));
}

/// A map whose one key cannot be ordered.
struct Entry(f64);

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, 1)])
    }
}

/// How a type of somebody else's may use a serializer.
enum Odd {
    Bytes,
    Display,
    Fails,
    Inner,
    Swallows,
    EmptyButNot,
    Unknown,
    Raw,
}

impl Serialize for Odd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Odd::Bytes => serializer.serialize_bytes(b"\0a\xff"),
            Odd::Display => serializer.collect_str(&format_args!("{:>9}|{}", "\"ü", '\u{1b}')),
            Odd::Fails => Err(S::Error::custom("no such form")),
            Odd::Inner => {
                let mut outer = serializer.serialize_struct("Inner", 2)?;
                outer.serialize_field("inner", &*to_json(&["in\"ner"]).map_err(S::Error::custom)?)?;
                outer.serialize_field("after", &1)?;
                outer.end()
            }
            Odd::Swallows => {
                let mut map = serializer.serialize_map(None)?;
                if map.serialize_key(&1.5).is_ok() {
                    map.serialize_value("a float")?;
                }
                map.end()
            }
            Odd::EmptyButNot => {
                let mut seq = serializer.serialize_seq(Some(0))?;
                seq.serialize_element(&1)?;
                seq.serialize_element(&2)?;
                seq.end()
            }
            Odd::Unknown => serializer.collect_seq([1, 2, 3].iter().filter(|number| **number > 3)),
            Odd::Raw => RawValue::from_string(" [1,\t2] ".to_owned()).map_err(S::Error::custom)?.serialize(serializer),
        }
    }
}

#[test]
fn odd_uses_of_a_serializer() {
    for odd in [Odd::Bytes, Odd::Display, Odd::Inner, Odd::EmptyButNot, Odd::Unknown] {
        fast(&odd);
        fast(&[Some(odd)]);
    }
    for odd in [Odd::Fails, Odd::Swallows, Odd::Raw] {
        slow(&odd);
        slow(&(1, odd));
    }
}

#[test]
fn values() {
    fast::<Value>(&json!({"a": [1, -2, 1.5, "x\ny", null, true, {}], "b": {"c\"": []}}));
}
