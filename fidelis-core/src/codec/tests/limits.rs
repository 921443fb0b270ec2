//! Bounds on what comes from outside.

use serde_json::Value;

use super::samples::samples;
use crate::codec::{Limits, from_json_within};

const NONE: Limits = Limits { bytes: usize::MAX, depth: usize::MAX, nodes: usize::MAX, text: usize::MAX };

fn check(limits: Limits, text: &str, expected: Result<(), &str>) {
    let found = limits.check(text).map_err(|error| error.to_string());
    assert_eq!(found.as_ref().map_err(String::as_str).copied(), expected, "{text}");
}

#[test]
fn each_limit_holds_at_its_last_value_and_refuses_the_next() {
    check(Limits { bytes: 4, ..NONE }, "null", Ok(()));
    check(Limits { bytes: 4, ..NONE }, "false", Err("too large: 5 bytes, 1 more than the 4 allowed, from byte 4 on"));
    check(Limits { depth: 2, ..NONE }, r#"[{},{"[":"[[["},[]]"#, Ok(()));
    check(
        Limits { depth: 2, ..NONE },
        r#"[{},{"a":[[]]}]"#,
        Err("too large: 4 levels of nesting, 2 more than the 2 allowed, from byte 9 on"),
    );
    check(Limits { nodes: 6, ..NONE }, r#"{"a":[1, true ,"x,y"],"b":-1.5e3}"#, Ok(()));
    check(
        Limits { nodes: 3, ..NONE },
        r#"{"a":[1, true ,"x,y"],"b":-1.5e3}"#,
        Err("too large: 6 values, 3 more than the 3 allowed, from byte 9 on"),
    );
    check(
        Limits { text: 4, ..NONE },
        r#"["äb","\"","abc\\"]"#,
        Err("too large: 5 bytes in one text, 1 more than the 4 allowed, from byte 12 on"),
    );
    check(Limits { text: 5, ..NONE }, r#"["äb","\"","abc\\"]"#, Ok(()));
    check(
        Limits { text: 1, ..NONE },
        r#"{"ab":1}"#,
        Err("too large: 2 bytes in one text, 1 more than the 1 allowed, from byte 1 on"),
    );
}

#[test]
fn invalid_json_is_measured_too() {
    for text in ["", "]]]", "}}", "\"", "\"\\", "{\"a", ":::", "\u{1}", "[\"\\\"]", "äöü"] {
        check(Limits::default(), text, Ok(()));
    }
    check(
        Limits::default(),
        &"[".repeat(65),
        Err("too large: 65 levels of nesting, 1 more than the 64 allowed, from byte 64 on"),
    );
    check(Limits { text: 2, ..NONE }, "\"abc", Err("too large: 3 bytes in one text, 1 more than the 2 allowed, from byte 0 on"));
}

/// The default limits stand in the documentation.
#[test]
fn the_defaults_refuse_what_they_say() {
    check(Limits::default(), &format!("[{}1]", "1,".repeat(9_998)), Ok(()));
    let (values, text, bytes) = (format!("[{}1]", "1,".repeat(9_999)), "x".repeat((256 << 10) + 1), " ".repeat((1 << 20) + 1));
    check(Limits::default(), &values, Err("too large: 10001 values, 1 more than the 10000 allowed, from byte 19999 on"));
    check(
        Limits::default(),
        &format!("\"{text}\""),
        Err("too large: 262145 bytes in one text, 1 more than the 262144 allowed, from byte 0 on"),
    );
    check(Limits::default(), &bytes, Err("too large: 1048577 bytes, 1 more than the 1048576 allowed, from byte 1048576 on"));
}

#[test]
fn values_and_levels_are_counted_as_a_parser_counts_them() {
    fn values(value: &Value) -> usize {
        1 + match value {
            Value::Array(elements) => elements.iter().map(values).sum(),
            Value::Object(entries) => entries.values().map(values).sum(),
            _ => 0,
        }
    }
    fn levels(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(levels).max().unwrap_or(0),
            Value::Object(entries) => 1 + entries.values().map(levels).max().unwrap_or(0),
            _ => 0,
        }
    }
    for document in samples().iter().flat_map(|sample| &sample.documents) {
        // Written again, because a `Value` knows no repeated names and no strange numbers.
        let Ok(value) = serde_json::from_str::<Value>(document) else { continue };
        for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
            let exact = Limits { nodes: values(&value), depth: levels(&value), ..NONE };
            check(exact, &text, Ok(()));
            assert!(Limits { nodes: exact.nodes - 1, ..exact }.check(&text).is_err(), "{text}");
            assert!(exact.depth == 0 || Limits { depth: exact.depth - 1, ..exact }.check(&text).is_err(), "{text}");
        }
    }
}

#[test]
fn what_is_too_large_is_not_decoded() {
    assert_eq!(from_json_within::<Vec<u8>>("[1,2]", &Limits::default()).unwrap(), [1, 2]);
    let error = from_json_within::<Vec<u8>>("[1,2]", &Limits { nodes: 2, ..Limits::default() }).unwrap_err();
    assert_eq!(error.to_string(), "too large: 3 values, 1 more than the 2 allowed, from byte 3 on");
    let error = from_json_within::<Vec<u8>>("[1,-2]", &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "`[1]`: invalid value: integer `-2`, expected u8 at line 1 column 5");
}
