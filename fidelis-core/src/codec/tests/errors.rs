//! What a person reads when a payload cannot be decoded.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::codec::{from_json, to_json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Order {
    number: u32,
    lines: Vec<Line>,
    #[serde(default)]
    totals: BTreeMap<String, Amount>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Line {
    price: i64,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
enum Amount {
    Exact(i64),
}

#[test]
fn errors_name_the_place() {
    for (text, expected) in [
        (r#"{"number":1}"#, "missing field `lines` at line 1 column 12"),
        (r#"{"number":1,"nombre":2}"#, "unknown field `nombre`, expected one of `number`, `lines`, `totals` at line 1 column 20"),
        (r#"{"number":-1}"#, "`number`: invalid value: integer `-1`, expected u32 at line 1 column 12"),
        (r#"{"number":"x","lines":[]}"#, "`number`: invalid type: string \"x\", expected u32 at line 1 column 13"),
        (r#"{"number":1,"lines":{}}"#, "`lines`: invalid type: map, expected a sequence at line 1 column 20"),
        (r#"{"number":1,"lines":[{"price":1},{"note":"]}"}]}"#, "`lines[1]`: missing field `price` at line 1 column 46"),
        (
            r#"{"number":1,"lines":[{"price":1,"note":"a\"b,"},{"price":true}]}"#,
            "`lines[1].price`: invalid type: boolean `true`, expected i64 at line 1 column 61",
        ),
        (
            "{\n  \"number\": 1,\n  \"lines\": [\n    {\"price\": null}\n  ]\n}",
            "`lines[0].price`: invalid type: null, expected i64 at line 4 column 18",
        ),
        (
            r#"{"number":1,"lines":[],"totals":{"net":{"Exact":""}}}"#,
            "`totals.net.Exact`: invalid type: string \"\", expected i64 at line 1 column 50",
        ),
        (
            r#"{"number":1,"lines":[],"totals":{"net":{"Rough":1}}}"#,
            "`totals.net`: unknown variant `Rough`, expected `Exact` at line 1 column 47",
        ),
        ("[]", "invalid length 0, expected struct Order with 3 elements at line 1 column 2"),
        ("{\"number\":1,\n}", "trailing comma at line 2 column 1"),
        ("", "EOF while parsing a value at line 1 column 0"),
    ] {
        assert_eq!(from_json::<Order>(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_value_without_a_json_form_is_an_error() {
    let error = to_json(&BTreeMap::from([(vec![1], 2)])).unwrap_err();
    assert_eq!(error.to_string(), "key must be a string");
}
