//! Reading: one stream, one category, everything, or what somebody is interested in; in pages.

use std::sync::Arc;

use super::{
    Harness,
    material::{WHOLE, event, interest, log, open, positions, read, stream, texts, typed_event},
    write::Write,
};
use crate::{
    Recorded, Store,
    store::{
        Direction::{Backwards, Forwards},
        Expected, Interest, PageLimit, ReadFrom,
    },
};

const DEPOSIT: &str = "Conformance.DepositMade.v1";
const WITHDRAWAL: &str = "Conformance.WithdrawalMade.v1";
const FACT: &str = "Conformance.AccountFact.v1";

/// | position | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
/// |---|---|---|---|---|---|---|---|---|
/// | stream | `account-1` | `account-fact-1` | `account-2` | `account-1` | `account-fact-1` | `transfer-1` | `account-1` | `account-2` |
/// | type | deposit | fact | deposit | withdrawal | fact | deposit | deposit | withdrawal |
async fn filled(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    for records in [
        &[("account-1", DEPOSIT, "1"), ("account-fact-1", FACT, "2")][..],
        &[("account-2", DEPOSIT, "3")],
        &[("account-1", WITHDRAWAL, "4"), ("account-fact-1", FACT, "5"), ("transfer-1", DEPOSIT, "6")],
        &[("account-1", DEPOSIT, "7")],
        &[("account-2", WITHDRAWAL, "8")],
    ] {
        let write = records.iter().fold(Write::new(), |write, (name, type_name, text)| {
            write.records(name, Expected::Any, [typed_event(type_name, text)])
        });
        write.stored(&*store).await;
    }
    store
}

async fn check(store: &dyn Store, from: ReadFrom<'_>, expected: &[u64]) {
    assert_eq!(positions(&read(store, from).await), expected, "{from:?}");
}

async fn page(store: &dyn Store, from: ReadFrom<'_>, records: usize, bytes: usize) -> Vec<Arc<Recorded>> {
    store.read(from, PageLimit { records, bytes }).await.expect("a store can be read")
}

pub(super) async fn stream_forwards(harness: &dyn Harness) {
    let store = filled(harness).await;
    let name = &stream("account-1");
    let direction = Forwards;
    check(&*store, ReadFrom::Stream { name, position: 0, direction }, &[1, 4, 7]).await;
    check(&*store, ReadFrom::Stream { name, position: 1, direction }, &[4, 7]).await;
    check(&*store, ReadFrom::Stream { name, position: 2, direction }, &[7]).await;
}

pub(super) async fn stream_backwards(harness: &dyn Harness) {
    let store = filled(harness).await;
    let name = &stream("account-1");
    let direction = Backwards;
    check(&*store, ReadFrom::Stream { name, position: 2, direction }, &[7, 4, 1]).await;
    check(&*store, ReadFrom::Stream { name, position: 1, direction }, &[4, 1]).await;
    check(&*store, ReadFrom::Stream { name, position: 0, direction }, &[1]).await;
    check(&*store, ReadFrom::Stream { name, position: 9, direction }, &[7, 4, 1]).await;
}

pub(super) async fn category_both_ways(harness: &dyn Harness) {
    let store = filled(harness).await;
    let category = |position, direction| ReadFrom::Category { name: "account", position, direction };
    check(&*store, category(0, Forwards), &[1, 3, 4, 7, 8]).await;
    check(&*store, category(1, Forwards), &[1, 3, 4, 7, 8]).await;
    check(&*store, category(4, Forwards), &[4, 7, 8]).await;
    check(&*store, category(5, Forwards), &[7, 8]).await;
    check(&*store, category(8, Backwards), &[8, 7, 4, 3, 1]).await;
    check(&*store, category(6, Backwards), &[4, 3, 1]).await;
    check(&*store, category(1, Backwards), &[1]).await;
    check(&*store, category(0, Backwards), &[]).await;
}

pub(super) async fn all_both_ways(harness: &dyn Harness) {
    let store = filled(harness).await;
    let all = |position, direction| ReadFrom::All { position, direction };
    check(&*store, all(0, Forwards), &[1, 2, 3, 4, 5, 6, 7, 8]).await;
    check(&*store, all(1, Forwards), &[1, 2, 3, 4, 5, 6, 7, 8]).await;
    check(&*store, all(7, Forwards), &[7, 8]).await;
    check(&*store, all(8, Backwards), &[8, 7, 6, 5, 4, 3, 2, 1]).await;
    check(&*store, all(2, Backwards), &[2, 1]).await;
    check(&*store, all(0, Backwards), &[]).await;
}

pub(super) async fn interest_by_types(harness: &dyn Harness) {
    let store = filled(harness).await;
    for (types, position, expected) in [
        (&[DEPOSIT][..], 0, &[1, 3, 6, 7][..]),
        (&[DEPOSIT], 3, &[3, 6, 7]),
        (&[DEPOSIT], 4, &[6, 7]),
        (&[WITHDRAWAL, FACT], 1, &[2, 4, 5, 8]),
        (&[FACT, WITHDRAWAL, DEPOSIT], 3, &[3, 4, 5, 6, 7, 8]),
        (&[WITHDRAWAL, WITHDRAWAL], 0, &[4, 8]),
        (&[WITHDRAWAL, "Conformance.Unknown.v1"], 0, &[4, 8]),
        (&["Conformance.DepositMade.v2"], 0, &[]),
        (&["Conformance.DepositMade"], 0, &[]),
    ] {
        check(&*store, ReadFrom::Interest { interest: &interest(types), position }, expected).await;
    }
}

pub(super) async fn interest_in_nothing(harness: &dyn Harness) {
    let store = filled(harness).await;
    check(&*store, ReadFrom::Interest { interest: &Interest::default(), position: 0 }, &[]).await;
}

pub(super) async fn pages_end_at_their_records(harness: &dyn Harness) {
    let store = filled(harness).await;
    let name = &stream("account-1");
    let types = interest(&[DEPOSIT]);
    for (from, records, expected) in [
        (ReadFrom::All { position: 2, direction: Forwards }, 3, &[2, 3, 4][..]),
        (ReadFrom::All { position: 7, direction: Backwards }, 2, &[7, 6]),
        (ReadFrom::Stream { name, position: 0, direction: Forwards }, 2, &[1, 4]),
        (ReadFrom::Stream { name, position: 2, direction: Backwards }, 1, &[7]),
        (ReadFrom::Category { name: "account", position: 2, direction: Forwards }, 2, &[3, 4]),
        (ReadFrom::Category { name: "account", position: 6, direction: Backwards }, 2, &[4, 3]),
        (ReadFrom::Interest { interest: &types, position: 2 }, 2, &[3, 6]),
        (ReadFrom::All { position: 7, direction: Forwards }, 100, &[7, 8]),
    ] {
        assert_eq!(positions(&page(&*store, from, records, usize::MAX).await), expected, "{from:?}");
    }
}

/// Payloads of 12, 22, 32, 42 and 12 bytes at positions 1 to 5.
async fn of_sizes(harness: &dyn Harness) -> Arc<dyn Store> {
    let store = open(harness).await;
    let records = [10, 20, 30, 40, 10].map(|size| event(&"x".repeat(size)));
    Write::new().records("account-1", Expected::Any, records).stored(&*store).await;
    store
}

pub(super) async fn pages_end_at_their_bytes(harness: &dyn Harness) {
    let store = of_sizes(harness).await;
    let name = &stream("account-1");
    let types = interest(&["Conformance.Happened.v1"]);
    let bytes_and_pages = [(34, 2), (65, 2), (66, 3), (107, 3), (108, 4), (120, 5), (usize::MAX, 5)];
    for (bytes, length) in bytes_and_pages {
        for from in [
            ReadFrom::All { position: 1, direction: Forwards },
            ReadFrom::Stream { name, position: 0, direction: Forwards },
            ReadFrom::Category { name: "account", position: 0, direction: Forwards },
            ReadFrom::Interest { interest: &types, position: 0 },
        ] {
            assert_eq!(page(&*store, from, usize::MAX, bytes).await.len(), length, "{bytes} bytes of {from:?}");
        }
    }
    let backwards = ReadFrom::All { position: 5, direction: Backwards };
    assert_eq!(positions(&page(&*store, backwards, usize::MAX, 54).await), [5, 4]);
    // Whichever bound is met first.
    let forwards = ReadFrom::All { position: 1, direction: Forwards };
    assert_eq!(positions(&page(&*store, forwards, 2, 66).await), [1, 2]);
}

pub(super) async fn page_holds_at_least_one(harness: &dyn Harness) {
    let store = of_sizes(harness).await;
    let name = &stream("account-1");
    for (records, bytes) in [(100, 0), (100, 1), (1, 0), (0, 100), (0, 0)] {
        for from in [
            ReadFrom::All { position: 4, direction: Forwards },
            ReadFrom::All { position: 4, direction: Backwards },
            ReadFrom::Stream { name, position: 3, direction: Forwards },
            ReadFrom::Category { name: "account", position: 4, direction: Backwards },
        ] {
            let page = page(&*store, from, records, bytes).await;
            assert_eq!(positions(&page), [4], "{records} records, {bytes} bytes of {from:?}");
        }
    }
}

pub(super) async fn pages_cover_everything_once(harness: &dyn Harness) {
    let store = filled(harness).await;
    let name = &stream("account-1");
    let types = interest(&[FACT, WITHDRAWAL]);
    let last = |page: &[Arc<Recorded>]| page.last().map(|record| record.metadata.clone());
    for size in 1..=4 {
        let mut all = Vec::new();
        let mut of_stream = Vec::new();
        let mut of_interest = Vec::new();
        let mut from = ReadFrom::All { position: 1, direction: Forwards };
        while let Some(last) = last(&append(&mut all, page(&*store, from, size, usize::MAX).await)) {
            from = ReadFrom::All { position: last.global_position + 1, direction: Forwards };
        }
        let mut from = ReadFrom::Stream { name, position: 0, direction: Forwards };
        while let Some(last) = last(&append(&mut of_stream, page(&*store, from, size, usize::MAX).await)) {
            from = ReadFrom::Stream { name, position: last.position + 1, direction: Forwards };
        }
        let mut from = ReadFrom::Interest { interest: &types, position: 0 };
        while let Some(last) = last(&append(&mut of_interest, page(&*store, from, size, usize::MAX).await)) {
            from = ReadFrom::Interest { interest: &types, position: last.global_position + 1 };
        }
        assert_eq!(positions(&all), [1, 2, 3, 4, 5, 6, 7, 8], "pages of {size}");
        assert_eq!(positions(&of_stream), [1, 4, 7], "pages of {size}");
        assert_eq!(positions(&of_interest), [2, 4, 5, 8], "pages of {size}");
    }
}

fn append(all: &mut Vec<Arc<Recorded>>, page: Vec<Arc<Recorded>>) -> Vec<Arc<Recorded>> {
    all.extend(page.iter().cloned());
    page
}

pub(super) async fn beyond_the_end(harness: &dyn Harness) {
    let store = filled(harness).await;
    let name = &stream("account-1");
    let types = interest(&[DEPOSIT]);
    let direction = Forwards;
    for position in [9, 10, 1 << 40, i64::MAX as u64, u64::MAX] {
        check(&*store, ReadFrom::All { position, direction }, &[]).await;
        check(&*store, ReadFrom::Category { name: "account", position, direction }, &[]).await;
        check(&*store, ReadFrom::Stream { name, position, direction }, &[]).await;
        check(&*store, ReadFrom::Interest { interest: &types, position }, &[]).await;
        check(&*store, ReadFrom::All { position, direction: Backwards }, &[8, 7, 6, 5, 4, 3, 2, 1]).await;
        check(&*store, ReadFrom::Category { name: "transfer", position, direction: Backwards }, &[6]).await;
        check(&*store, ReadFrom::Stream { name, position, direction: Backwards }, &[7, 4, 1]).await;
    }
}

pub(super) async fn what_does_not_exist_is_empty(harness: &dyn Harness) {
    let nowhere = async |store: &dyn Store, name: &str| {
        for direction in [Forwards, Backwards] {
            for position in [0, 1, u64::MAX] {
                check(store, ReadFrom::Stream { name: &stream(name), position, direction }, &[]).await;
                check(store, ReadFrom::Category { name, position, direction }, &[]).await;
            }
        }
        assert_eq!(store.version(&stream(name)).await.expect("a version can be read"), None);
    };
    let empty = open(harness).await;
    nowhere(&*empty, "account-1").await;
    assert!(log(&*empty).await.is_empty());
    let store = filled(harness).await;
    for name in ["account-3", "accounts", "accoun", "", "account-", "account-fact-1x"] {
        nowhere(&*store, name).await;
    }
}

pub(super) async fn categories_do_not_mix(harness: &dyn Harness) {
    let store = open(harness).await;
    let names = [
        "account-1",
        "account-fact-1",
        "account:command-1",
        "account:snapshot-1",
        "accounts-1",
        "fidelis::account-1",
        "Account-1",
        "acc_unt-1",
        "acc%-1",
        "account",
    ];
    for name in names {
        Write::new().append(name, Expected::NoStream, [name]).stored(&*store).await;
    }
    for (name, expected) in [
        ("account", &["account-1", "account"][..]),
        ("account-fact", &["account-fact-1"]),
        ("account:command", &["account:command-1"]),
        ("account:snapshot", &["account:snapshot-1"]),
        ("accounts", &["accounts-1"]),
        ("fidelis::account", &["fidelis::account-1"]),
        ("Account", &["Account-1"]),
        ("acc_unt", &["acc_unt-1"]),
        ("acc%", &["acc%-1"]),
        ("fidelis", &[]),
    ] {
        let records = store.read(ReadFrom::Category { name, position: 0, direction: Forwards }, WHOLE).await;
        assert_eq!(texts(&records.expect("a store can be read")), expected, "category `{name}`");
    }
}

pub(super) async fn streams_do_not_mix(harness: &dyn Harness) {
    let store = open(harness).await;
    let names = ["account-1", "account-10", "account-fact-1", "account:command-1", "ACCOUNT-1", "account-1-1"];
    for name in names {
        Write::new().append(name, Expected::NoStream, [name]).stored(&*store).await;
    }
    for text in names {
        let name = &stream(text);
        for direction in [Forwards, Backwards] {
            let records = read(&*store, ReadFrom::Stream { name, position: 0, direction }).await;
            assert_eq!(texts(&records), [text]);
        }
    }
}
