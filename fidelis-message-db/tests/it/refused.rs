//! What cannot be taken over is said before anything is written, and nothing is.

use fidelis_message_db::{Kind, Mapping, Report, rows_of_csv, rows_of_json};
use serde_json::json;

use super::{
    bank::{conversion, mapping},
    rows::{ALICE, Messages},
};

fn survey(messages: &Messages, mapping: Mapping) -> Report {
    let dump = messages.as_json();
    let conversion = conversion(mapping);
    let report = conversion.survey(rows_of_json(dump.as_bytes())).unwrap();
    if !report.problems.is_empty() {
        let error = conversion.file(&report, rows_of_json(dump.as_bytes())).unwrap_err();
        assert!(error.to_string().contains(&report.problems[0].reason), "{error}");
    }
    report
}

/// The only problem of the bank's rows after this change of one of them.
fn problem(row: usize, change: impl Fn(&mut serde_json::Value)) -> String {
    let mut messages = Messages::of_the_bank();
    change(&mut messages.rows[row]);
    let report = survey(&messages, mapping());
    assert_eq!((report.problems.len(), report.more), (1, 0), "{report}");
    report.problems[0].to_string()
}

#[test]
fn what_is_no_event_is_left_out_by_name_only() {
    let report = survey(&Messages::of_the_bank(), Mapping { skip: [Kind::Commands].into(), ..mapping() });
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 4, "{problems:?}");
    for (line, words) in [
        ("line 14", "1 rows, of which this is the first, are snapshots"),
        ("line 15", "2 rows, of which this is the first, are transitions"),
        ("line 10", "are positions"),
        ("line 17", "`skip = [\"failures\"]`"),
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(line) && problem.contains(words)), "{words}: {problems:?}");
    }
}

#[test]
fn rows_are_named_with_the_reason() {
    type Change = fn(&mut serde_json::Value);
    let cases: &[(usize, Change, &str)] = &[
        (
            7,
            |row| row["data"]["amount"] = json!(0.125),
            "line 8: `data.amount`: expected a number with at most 2 decimals, found 0.125",
        ),
        (7, |row| row["data"]["amount"] = json!("much"), "line 8: `data.amount`"),
        (7, |row| row["data"] = json!([1]), "line 8: `data`: expected an object"),
        (7, |row| row["data"] = json!(null), "line 8: `data`: expected an object, found nothing"),
        (7, |row| row["metadata"] = json!(null), "line 8: `metadata`: expected what Protean writes, found nothing"),
        (7, |row| row["metadata"] = json!({"id": "flat"}), "line 8: `metadata`: expected `domain` and `headers`"),
        (
            7,
            |row| row["type"] = json!("Fidelis.DepositTaken.v1"),
            "line 8: `type`: domain `fidelis` has no event `Fidelis.DepositTaken.v1`",
        ),
        (
            7,
            |row| row["type"] = json!("DepositMade"),
            "line 8: `type`: expected one such as `Fidelis.DepositMade.v1`, found `DepositMade`",
        ),
        (7, |row| row["position"] = json!(2), "line 8: `position`: expected 1"),
        (7, |row| row["global_position"] = json!(1), "line 8: `global_position`: expected more than 22, found 1"),
        (7, |row| row["global_position"] = json!(-1), "line 8: this is no row of `messages` as JSON"),
        (
            7,
            |row| row["metadata"]["headers"]["time"] = json!("noon"),
            "line 8: `metadata.headers.time`, `time`: expected a time such as",
        ),
        (7, |row| row["metadata"]["domain"]["priority"] = json!(70_000), "line 8: `metadata.domain.priority`"),
        (
            8,
            |row| row["metadata"]["headers"]["id"] = json!(format!("fidelis::account-{ALICE}-1")),
            "line 9: `metadata.headers.id`: expected one of its own",
        ),
        (7, |row| row["stream_name"] = json!("shop::order-1"), "line 8: `position`: expected 0"),
        (7, |row| row["stream_name"] = json!("nothing"), "line 8: `stream_name`: expected a category, a `-` and an identity"),
        (7, |row| row["stream_name"] = json!("fidelis::account-"), "line 8: `stream_name`: expected an identity after the `-`"),
    ];
    for (row, change, words) in cases {
        let problem = problem(*row, change);
        assert!(problem.starts_with(*words), "{words}\n{problem}");
    }
}

#[test]
fn what_the_domain_cannot_read_is_said_before() {
    let mut without = mapping();
    without.decimals.clear();
    let report = survey(&Messages::of_the_bank(), without);
    assert_eq!(report.problems.len(), 8, "every row with an amount: {report}");
    let problem = report.problems[0].to_string();
    assert!(
        problem.starts_with("line 2: `data`: domain `fidelis` cannot read it as `Fidelis.AccountOpened.v1`: `opening_deposit`"),
        "{problem}"
    );
    assert!(problem.contains("`decimals`"), "{problem}");
}

#[test]
fn streams_of_another_domain_are_named() {
    let mut messages = Messages::of_the_bank();
    messages.event(ALICE, "AccountClosed", "x", json!({"account_id": ALICE, "reason": null}));
    let last = messages.rows.len() - 1;
    messages.rows[last]["stream_name"] = json!("shop::order-1");
    messages.rows[last]["position"] = json!(0);
    let report = survey(&messages, mapping());
    assert!(report.problems[0].reason.contains("expected a category of domain `fidelis`, found `shop::order`"), "{report}");
}

#[test]
fn many_problems_are_counted() {
    let mut messages = Messages::default();
    for _ in 0..150 {
        messages.row("nothing", "A", json!({}), json!(null));
    }
    let report = survey(&messages, mapping());
    assert_eq!((report.problems.len(), report.more), (100, 50));
    assert!(report.to_string().ends_with("and 50 more"));
}

#[test]
fn dumps_that_are_none_are_known() {
    let problem =
        |dump: &str| conversion(mapping()).survey(rows_of_json(dump.as_bytes())).unwrap().problems.remove(0).to_string();
    assert!(problem("\n\nhello\n").starts_with("line 3: this is no row of `messages` as JSON"));
    assert!(problem(r#"{"data":{"reference":"\\"wire\\""}}"#).contains("backslashes are doubled"));
    let Err(error) = rows_of_csv(&b"id,type\n1,2\n"[..]).map(drop) else { panic!("a column is missing") };
    assert!(error.to_string().contains("no column `global_position`"), "{error}");
    let cut =
        "global_position,position,stream_name,type,data,metadata,time\n1,0,a-1\nx,0,a-1,A.B.v1,{},{},\n3,0,a-1,A.B.v1,{,{},\n";
    let report = conversion(mapping()).survey(rows_of_csv(cut.as_bytes()).unwrap()).unwrap();
    let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
    assert!(problems[0].starts_with("line 2: this is no row as CSV"), "{problems:?}");
    assert!(problems[1].starts_with("line 3: `global_position`: expected a number from 0 on, found `x`"), "{problems:?}");
    assert!(problems[2].starts_with("line 4: `data` is no JSON"), "{problems:?}");
}
