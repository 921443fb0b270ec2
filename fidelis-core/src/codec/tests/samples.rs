//! Types of every shape that a payload may have, and shapes that no payload should have.

// The fields are printed, and one type is wrong on purpose.
#![allow(dead_code, unreachable_patterns)]

use std::{collections::BTreeMap, fmt, ops::Range, sync::Arc, time::Duration};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny},
};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use super::{
    reading::agrees,
    visitors::{Bytes, Greedy, Idle, Lazy, Told},
};

/// A type, documents for it, and whether reading them is predicted.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) agrees: fn(&str) -> bool,
    pub(super) predicted: bool,
    pub(super) documents: Vec<&'static str>,
}

fn fast<T: DeserializeOwned + fmt::Debug>(documents: &[&'static str]) -> Sample {
    Sample { name: std::any::type_name::<T>(), agrees: agrees::<T>, predicted: true, documents: documents.to_vec() }
}

fn slow<T: DeserializeOwned + fmt::Debug>(documents: &[&'static str]) -> Sample {
    Sample { predicted: false, ..fast::<T>(documents) }
}

#[rustfmt::skip]
pub(super) fn samples() -> Vec<Sample> {
    vec![
        fast::<Deposit>(&[
            r#"{"account_id":"018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f","amount":"1234.50","reference":"salary of Jüne"}"#,
            r#"{"account_id":"018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f","amount":"-0.01","reference":null}"#,
        ]),
        fast::<Five>(&[r#"{"account":"account-0000000123","amount":-98765,"currency":"EUR","note":"","branch":"north-west, 7"}"#]),
        fast::<Scheduled>(&[r#"{"at":"2025-06-07T08:09:10.123456789Z","retries":3,"urgent":true,"tries":[false,true]}"#]),
        fast::<Order>(&[
            r#"{"lines":[{"sku":"a-1","price":100},{"sku":"b-2","price":-5}],"totals":{"net":95,"tax":0},"sizes":{"7":null,"65535":true},"owners":{"018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f":null},"kinds":{"Dot":1},"signs":{"-3":"x"}}"#,
            r#"{"lines":[],"totals":{},"sizes":{},"owners":{},"kinds":{},"signs":{}}"#,
        ]),
        fast::<Vec<Shape>>(&[r#"["Dot",{"Circle":7},{"Line":[-1,1]},{"Area":{"width":2,"height":3}},{"Dot":null},{"Named":"x"}]"#]),
        fast::<Widths>(&[
            r#"{"a":255,"b":65535,"c":4294967295,"d":18446744073709551615,"e":-128,"f":-32768,"g":-2147483648,"h":-9223372036854775808}"#,
            r#"{"a":0,"b":1,"c":2,"d":9223372036854775808,"e":-1,"f":0,"g":2147483647,"h":9223372036854775807}"#,
        ]),
        fast::<Optional>(&[r#"{"twice":null,"once":[null,4],"unit":null,"letter":"ß"}"#, r#"{"twice":5,"once":[],"unit":null,"letter":"a"}"#]),
        fast::<Empty>(&["{}"]),
        fast::<Nothing>(&["null"]),
        fast::<(u8, String, Wrapped)>(&[r#"[1,"two",3]"#]),
        fast::<Camel>(&[r#"{"firstName":"x","type":1}"#]),
        fast::<Strict>(&[r#"{"a":1,"b":2}"#]),
        fast::<Defaulted>(&[r#"{"a":1,"b":"x"}"#]),
        fast::<Hidden>(&[r#"{"a":1,"c":3}"#]),
        fast::<Flat>(&[r#"{"id":7,"a":1,"b":2}"#]),
        fast::<Internal>(&[r#"{"type":"Unit"}"#, r#"{"type":"Record","a":1,"b":[true,null]}"#]),
        fast::<Adjacent>(&[r#"{"t":"Pair","c":[1,2]}"#, r#"{"t":"Text","c":"x"}"#, r#"{"t":"Record","c":{"a":1}}"#]),
        fast::<Tree>(&[r#"{"leaves":[{"leaves":[]},{"leaves":[{"leaves":[]}]}]}"#]),
        fast::<Value>(&[r#"{"a":[1,-2,"x",null,true,{}],"b":{"c":[]}}"#, "18446744073709551615"]),
        fast::<Standard>(&[r#"{"range":{"start":1,"end":9},"span":{"secs":1,"nanos":999999999},"text":"shared","result":{"Ok":1}}"#]),
        fast::<Inner>(&[r#"{"inner":"5","after":1}"#]),
        fast::<Lenient>(&[r#"{"a":5,"b":6}"#]),
        slow::<Lenient>(&[r#"{"a":1.5,"b":6}"#, r#"{"a":"x","b":6}"#, r#"{"a":"\u0041","b":6}"#]),
        fast::<BTreeMap<Kind, Option<u8>>>(&[r#"{"Dot":1,"Dash":null}"#]),
        fast::<Vec<Idle>>(&["[]"]),
        slow::<Vec<Told>>(&[r#"[1,"x",3]"#, "[1,300,3]"]),
        slow::<ToldThenInner>(&[r#"{"told":300,"then":{"inner":"5","after":1}}"#]),
        slow::<Adjacent>(&[r#"{"t":"Unit"}"#, r#"{"c":[1,2],"t":"Pair"}"#]),
        slow::<Untagged>(&[r#"{"a":1}"#, r#""text""#]),
        slow::<Defaulted>(&["{}", r#"{"b":"x"}"#]),
        slow::<Aliased>(&[r#"{"new":1,"other":2}"#, r#"{"old":1,"other":2}"#, r#"{"new":1,"old":2}"#]),
        slow::<Twice>(&[r#"{"x":1,"x":2}"#]),
        slow::<Quoted>(&[r#"{"a":1,"b":2}"#, r#"{"a\":1,\"b":2}"#]),
        slow::<Escaped>(&[r#"{"a\b":1}"#, r#"{"a\\b":1}"#]),
        slow::<Floats>(&[r#"{"a":1.5,"b":-0.0}"#, r#"{"a":1e300,"b":3}"#]),
        slow::<Wide>(&[r#"{"a":-170141183460469231731687303715884105728,"b":340282366920938463463374607431768211455}"#]),
        slow::<Bytes>(&[r#"[1,2,255]"#, r#""text""#]),
        slow::<Box<RawValue>>(&[r#"{"a":[1,2]}"#]),
        slow::<Ignoring>(&[r#"{"a":{"b":[1]},"c":2}"#]),
        slow::<Greedy>(&[r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2,"c":3}"#]),
        slow::<Lazy>(&[r#"{"a":1,"b":2}"#]),
        slow::<Five>(&[
            r#"{"account":"a","amount":1,"currency":"EUR","note":"a\nb","branch":""}"#,
            r#"{"account":"a", "amount":1,"currency":"EUR","note":"","branch":""}"#,
            r#"{"amount":1,"account":"a","currency":"EUR","note":"","branch":""}"#,
            r#"["a",1,"EUR","",""]"#,
        ]),
    ]
}

#[derive(Debug, Deserialize)]
struct Money(Decimal);

#[derive(Debug, Deserialize)]
struct Deposit {
    account_id: Uuid,
    amount: Money,
    reference: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Five {
    account: String,
    amount: i64,
    currency: String,
    note: String,
    branch: String,
}

#[derive(Debug, Deserialize)]
struct Scheduled {
    at: Timestamp,
    retries: u8,
    urgent: bool,
    tries: Vec<bool>,
}

#[derive(Debug, Deserialize)]
struct Order {
    lines: Vec<Line>,
    totals: BTreeMap<String, i64>,
    sizes: BTreeMap<u16, Option<bool>>,
    owners: BTreeMap<Uuid, ()>,
    kinds: BTreeMap<Kind, u8>,
    signs: BTreeMap<i8, char>,
}

#[derive(Debug, Deserialize)]
struct Line {
    sku: String,
    price: i64,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Dot,
    Dash,
}

#[derive(Debug, Deserialize)]
enum Shape {
    Dot,
    Circle(u32),
    Line(i8, i8),
    Area { width: u64, height: u64 },
    Named(Option<Wrapped<String>>),
}

#[derive(Debug, Deserialize)]
struct Wrapped<T = u32>(T);

#[derive(Debug, Deserialize)]
struct Widths {
    a: u8,
    b: u16,
    c: u32,
    d: u64,
    e: i8,
    f: i16,
    g: i32,
    h: i64,
}

#[derive(Debug, Deserialize)]
struct Optional {
    twice: Option<Option<u8>>,
    once: Vec<Option<u8>>,
    unit: (),
    letter: char,
}

#[derive(Debug, Deserialize)]
struct Empty {}

#[derive(Debug, Deserialize)]
struct Nothing;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Camel {
    first_name: String,
    r#type: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    a: u8,
    b: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Defaulted {
    a: u8,
    b: String,
}

#[derive(Debug, Deserialize)]
struct Hidden {
    a: u8,
    #[serde(skip)]
    b: u8,
    c: u8,
}

#[derive(Debug, Deserialize)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    rest: Strict,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    Record { a: u8, b: Vec<Option<bool>> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Pair(u8, u8),
    Text(String),
    Record { a: u8 },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Record { a: u8 },
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Tree {
    leaves: Vec<Tree>,
}

#[derive(Debug, Deserialize)]
struct Standard {
    range: Range<u32>,
    span: Duration,
    text: Arc<str>,
    result: Result<u8, String>,
}

#[derive(Debug, Deserialize)]
struct Aliased {
    #[serde(alias = "old")]
    new: u8,
    other: u8,
}

/// Can be written; `serde_json` never reads it.
#[derive(Debug, Deserialize)]
struct Twice {
    #[serde(rename = "x")]
    first: u8,
    #[serde(rename = "x")]
    second: u8,
}

/// Its name reads like two fields.
#[derive(Debug, Deserialize)]
struct Quoted {
    #[serde(rename = "a\":1,\"b")]
    field: u8,
}

#[derive(Debug, Deserialize)]
struct Escaped {
    #[serde(rename = "a\\b")]
    field: u8,
}

#[derive(Debug, Deserialize)]
struct Floats {
    a: f64,
    b: f32,
}

#[derive(Debug, Deserialize)]
struct Wide {
    a: i128,
    b: u128,
}

#[derive(Debug, Deserialize)]
struct Ignoring {
    a: IgnoredAny,
    c: u8,
}

/// A payload within a payload.
#[derive(Debug, Deserialize)]
struct Inner {
    #[serde(deserialize_with = "inner")]
    inner: u8,
    after: u8,
}

fn inner<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    crate::codec::from_json(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[derive(Debug, Deserialize)]
struct ToldThenInner {
    told: Told,
    then: Inner,
}

/// Goes on with a default after an error.
#[derive(Debug, Deserialize)]
struct Lenient {
    #[serde(deserialize_with = "or_zero")]
    a: f64,
    b: u8,
}

fn or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(u8::deserialize(deserializer).map_or(0.0, f64::from))
}
