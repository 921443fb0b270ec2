//! Files that are not what they say, and stores that they do not fit.

use super::*;
use crate::{ErrorKind, interchange::check};

/// Imports into an empty store, and checks: both refuse, with these words; what was taken over is whole batches of the log.
fn refused(file: &[u8], words: &[&str]) {
    let there = MemoryStore::default();
    let error = import(&there, file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
    let records = held(&there).records;
    assert_eq!(records, log(7).records[..records.len()]);
    check(file, |_| {}).unwrap_err();
}

#[test]
fn other_formats_are_refused() {
    refused(b"", &["empty"]);
    refused(b"\n", &["no JSON"]);
    refused(b"id,type\n", &["no JSON"]);
    refused(b"{\"events\":[]}\n", &["no header of a log"]);
    refused(b"\xff\xfe\n", &["line 1", "UTF-8"]);
    let whole = file(&filled(&log(7)));
    refused(&changed(&whole, 1, |line| line.replace(r#""version":1"#, r#""version":2"#)), &["version 2", "reads version 1"]);
    refused(&changed(&whole, 1, |line| line.replace(r#""head":7"#, r#""head":"x""#)), &["line 1", "`header.head`"]);
}

#[test]
fn another_domain_is_refused_unless_asked_for() {
    let here = log(7);
    let mut shop = Vec::new();
    block_on(Export::of("shop", &filled(&here)).write(&mut shop)).unwrap();
    let there = MemoryStore::default();
    let error = import(&there, &shop).unwrap_err();
    assert!(error.to_string().contains("domain `shop`, expected that of `fidelis`"), "{error}");
    assert_eq!(held(&there), Log::default());
    block_on(Import::into(&there).read(&shop[..])).unwrap();
    assert_eq!(held(&there), here);
}

#[test]
fn bad_lines_are_named_by_line_and_field() {
    let whole = file(&filled(&log(7)));
    let with = |number, from: &'static str, to: &'static str| {
        let file = changed(&whole, number, |line| {
            assert!(line.contains(from), "{line}");
            line.replacen(from, to, 1)
        });
        move |words: &[&str]| refused(&file, words)
    };
    with(4, r#""global_position":3"#, r#""global_position":4"#)(&["line 4", "`record.global_position`", "expected 3", "found 4"]);
    with(4, r#""kind":"event""#, r#""kind":"evnt""#)(&["line 4", "`record.kind`", "`evnt`", "`event`, `fact`"]);
    with(4, r#""position":1"#, r#""position":-1"#)(&["line 4", "`record.position`", "-1"]);
    with(4, r#""position":1"#, r#""position":2"#)(&["position"]);
    with(4, "00:00:03Z", "00:00:01Z")(&["line 4", "`record.time`", "2025-01-01T00:00:02Z"]);
    with(4, "00:00:03Z", "00:00:03.000000001Z")(&["line 4", "`record.time`", "to the microsecond"]);
    with(4, "00:00:03Z", "yesterday")(&["line 4", "`record.time`"]);
    with(4, r#""schema_version":1,"#, "")(&["line 4", "`schema_version`"]);
    with(4, r#""schema_version":1,"#, r#""schema_version":1,"colour":1,"#)(&["line 4", "`colour`"]);
    with(4, r#""payload":{"#, r#""payload_text":"x","payload":{"#)(&["line 4", "`record.payload`", "both"]);
    with(4, r#""record""#, r#""remark""#)(&["line 4", "`remark`"]);
    with(4, "}}}", "}}")(&["line 4"]);
    with(9, r#""settlement""#, r#""checkpoint""#)(&["line 9"]);
    with(12, r#""position":6"#, r#""position":6.5"#)(&["line 12", "`checkpoint.position`"]);
    with(15, r#""position":1"#, r#""position":8"#)(&["line 15", "`parked.position`", "1 to 7"]);
    with(17, r#""parked":2"#, r#""parked":3"#)(&["line 17", "`end.parked` says 3, the file has 2"]);
}

#[test]
fn lines_in_another_order_are_refused() {
    let whole = String::from_utf8(file(&filled(&log(7)))).unwrap();
    let lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    let edited = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        edit(&mut lines);
        sealed(lines)
    };
    refused(&edited(&|lines| drop(lines.remove(3))), &["line 4", "expected 3", "no holes", "found 4"]);
    refused(&edited(&|lines| lines.insert(4, lines[3].clone())), &["line 5", "expected 4", "found 3"]);
    refused(&edited(&|lines| lines.swap(3, 4)), &["line 4", "expected 3", "found 4"]);
    refused(&edited(&|lines| drop(lines.remove(7))), &["line 8", "after 6 records", "promises 7"]);
    refused(&edited(&|lines| lines.swap(8, 9)), &["`settlement.command`"]);
    refused(&edited(&|lines| lines.swap(10, 13)), &["line 14", "`settlement`"]);
    refused(&edited(&|lines| lines.push(lines[16].clone())), &["line 18", "after the closing line"]);
    refused(&edited(&|lines| lines.insert(1, lines[0].clone())), &["line 2", "second header"]);
    refused(&edited(&|lines| lines[1] = lines[1].replace(&id(1), &id(2))), &["line 3", "`record.id`", &id(2)]);
}

fn id(position: u64) -> String {
    MessageId::named(&position.to_string()).to_string()
}

#[test]
fn every_bit_that_turned_is_noticed() {
    let whole = file(&filled(&log(3)));
    for byte in 0..whole.len() {
        let mut harmed = whole.clone();
        harmed[byte] ^= 1;
        assert!(check(&harmed[..], |_| {}).is_err(), "byte {byte} of {}", whole.len());
    }
    assert!(check(&whole[..], |_| {}).is_ok());
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let mut reader = super::super::reader::Reader::new(endless);
    reader.longest = 1_000;
    let Err(error) = reader.next() else { panic!("a line of more than 1000 bytes was read") };
    assert!(error.to_string().contains("longer than 1000 bytes"), "{error}");
}

#[test]
fn a_store_with_another_log_is_refused() {
    let whole = file(&filled(&log(7)));
    let refused = |there: Log, words: &[&str]| {
        let store = filled(&there);
        let error = import(&store, &whole).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        for word in words {
            assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
        }
        assert_eq!(held(&store), there, "a refused import changed something");
    };
    refused(log(8), &["log of 8 records, the file one of 7", "empty store"]);
    let mut other = Log { records: log(3).records, ..Log::default() };
    other.records[2] =
        Arc::new(Recorded { metadata: Metadata { id: MessageId::named("other"), ..record(3).metadata }, ..record(3) });
    refused(other, &["another log", "position 3", "`id`"]);
}

#[test]
fn a_hole_in_a_stream_is_refused_by_the_store() {
    let whole = file(&filled(&log(7)));
    let harmed = changed(&whole, 4, |line| line.replace(r#""position":1"#, r#""position":2"#));
    let error = import(&MemoryStore::default(), &harmed).unwrap_err();
    assert!(error.to_string().contains("lines 4 to 5 of the file"), "{error}");
    assert!(error.to_string().contains("position 2 of `fidelis::account-2`, whose next one is 1"), "{error}");
    let error = check(&harmed[..], |_| {}).unwrap_err();
    assert!(error.to_string().contains("line 4"), "{error}");
}
