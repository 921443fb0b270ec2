//! Equal values, equal refusals, and the fast path where it is promised.

use std::{any::type_name, fmt};

use serde::{Deserialize, de::DeserializeOwned};

use super::samples::samples;
use crate::codec::{from_json, read::predicted};

/// Checks that a text gives what `serde_json` gives, and tells whether reading it was predicted.
///
/// Compared by how values print, which tells `-0.0` from `0.0`.
pub(super) fn agrees<T: DeserializeOwned + fmt::Debug>(text: &str) -> bool {
    let print = |value: T| format!("{value:?}");
    let expected = serde_json::from_str(text).ok().map(print);
    let found = predicted(text).map(print);
    assert!(found.is_none() || found == expected, "predicted {found:?} for {expected:?}, {} in {text}", type_name::<T>());
    assert_eq!(from_json(text).ok().map(print), expected, "{} in {text}", type_name::<T>());
    found.is_some()
}

#[test]
fn what_we_write_ourselves_is_predicted_and_nothing_else() {
    for sample in samples() {
        for document in sample.documents {
            assert_eq!((sample.agrees)(document), sample.predicted, "{} in {document}", sample.name);
        }
    }
}

#[test]
fn every_type_agrees_on_the_documents_of_all_others() {
    for sample in samples() {
        for document in samples().iter().flat_map(|other| &other.documents) {
            (sample.agrees)(document);
        }
    }
}

#[test]
fn no_invalid_text_is_taken() {
    let texts = [
        "",
        " ",
        "nul",
        "nulls",
        "truefalse",
        "tru",
        "[",
        "]",
        "{",
        "}",
        "[1,]",
        "[,1]",
        "[,]",
        "[1 2]",
        "[1,,2]",
        "{,}",
        "[]]",
        "{}{}",
        "01",
        "-",
        "-0",
        "--1",
        "+1",
        "1.",
        ".5",
        "1.0",
        "1e2",
        "1E+2",
        "0x1",
        "00",
        "-01",
        "1-",
        "1,",
        "[1.0]",
        "[1e2]",
        "255",
        "256",
        "-128",
        "-129",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "\"",
        "\"a",
        "a\"",
        "\"a\"\"",
        "\"a\\\"",
        "\"\\u0041\"",
        "\"\\ud800\"",
        "\"\\x\"",
        "\"\u{0}\"",
        "\"\t\"",
        "\"\u{1f}\"",
        "\"\u{20}\"",
        "\"\u{7f}\"",
        "\"ä€😀\"",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 }",
        "{\"a\" :1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"b\":2,\"b\":3}",
        "{\"01\":null}",
        "{\"-0\":null}",
        "{\" 1\":null}",
        "{\"1 \":null}",
        "{\"1.0\":null}",
        "{\"\":null}",
        "{\"Dot\":{}}",
        "{{\"Dot\":null}:null}",
        "\u{feff}null",
        "\u{a0}null",
        "'a'",
        "NaN",
        "Infinity",
        "/**/null",
    ];
    for sample in samples() {
        for text in texts {
            (sample.agrees)(text);
            (sample.agrees)(&format!("[{text}]"));
            (sample.agrees)(&format!("{{\"a\":{text},\"b\":{text}}}"));
            (sample.agrees)(&format!("{text}\n"));
        }
    }
}

#[test]
fn an_object_left_open_is_not_closed_by_the_one_around_it() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        inner: Aliased,
        b: u8,
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Aliased {
        #[serde(alias = "b")]
        a: u8,
    }
    assert!(!agrees::<Outer>(r#"{"inner":{"a":1,"b":2}"#));
    assert!(!agrees::<Outer>(r#"{"inner":{"a":1,"b":2}}"#));
    assert!(!agrees::<Outer>(r#"{"inner":{"a":1},"b":2}"#));
}

#[test]
fn depth_is_bounded_before_the_stack_ends() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Nested(Vec<Nested>);
    for (depth, fast) in [(1, true), (64, true), (65, false), (127, false), (128, false), (100_000, false)] {
        assert_eq!(agrees::<Nested>(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))), fast, "{depth} levels");
    }
}
