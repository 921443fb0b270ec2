//! Reading long histories: all of it once and in order, never more than two pages at a time, whatever happens in between.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use fidelis::{MemoryStore, Reader, Records, Store, StreamName, prelude::*, store::PageLimit};

use crate::{
    history::{event, write},
    stepping::{Stepped, run},
    troubled::{Call, Fate, Troubled, log_of},
};

const PAGE: PageLimit = PageLimit { records: 10, bytes: 1 << 20 };

/// A log of accounts and other things, in turns.
fn filled(store: &dyn Store, records: u128) {
    for number in 0..records {
        let stream = match number % 3 {
            0 => "ledger::account-1",
            1 => "ledger::account-2",
            _ => "ledger::other-1",
        };
        let type_name = if number % 2 == 0 { "Ledger.Deposited.v1" } else { "Ledger.Withdrawn.v1" };
        write(store, stream, number, [event(type_name, format!(r#"{{"amount":{number}}}"#))]);
    }
}

fn reader(store: &Troubled, records: Records) -> Reader {
    Reader::new(Arc::new(store.clone()), records).pages(PAGE)
}

fn positions(mut reader: Reader) -> Vec<u64> {
    let mut positions = Vec::new();
    while let Some(record) = run(reader.next()).unwrap() {
        positions.push(record.metadata.global_position);
    }
    assert!(run(reader.next()).unwrap().is_none(), "the end is the end, until something is written");
    positions
}

#[test]
fn every_record_once_and_in_order() {
    let store = Troubled::default();
    filled(&store, 95);
    let of = |fits: &dyn Fn(&str, u64) -> bool| {
        let log = log_of(&store);
        let fitting = log.iter().filter(|record| fits(record.metadata.stream.as_str(), record.metadata.global_position));
        fitting.map(|record| record.metadata.global_position).collect::<Vec<_>>()
    };
    let reversed = |mut positions: Vec<u64>| {
        positions.reverse();
        positions
    };
    let stream = || Records::Stream(StreamName::parse("ledger::account-2"));
    let category = || Records::Category("ledger::account".into());
    assert_eq!(positions(reader(&store, Records::All)), of(&|_, _| true));
    assert_eq!(positions(reader(&store, Records::All).from(37)), of(&|_, position| position >= 37));
    assert_eq!(positions(reader(&store, Records::All).backwards()), reversed(of(&|_, _| true)));
    assert_eq!(positions(reader(&store, Records::All).backwards().from(37)), reversed(of(&|_, position| position <= 37)));
    assert_eq!(positions(reader(&store, category())), of(&|stream, _| stream.starts_with("ledger::account-")));
    assert_eq!(
        positions(reader(&store, category()).backwards().from(50)),
        reversed(of(&|stream, position| stream.starts_with("ledger::account-") && position <= 50))
    );
    assert_eq!(positions(reader(&store, stream())), of(&|stream, _| stream == "ledger::account-2"));
    // Positions of one stream are its own: from its sixth record on, and down from it.
    assert_eq!(positions(reader(&store, stream()).from(5)), of(&|stream, _| stream == "ledger::account-2")[5..]);
    let down = reversed(of(&|stream, _| stream == "ledger::account-2")[..=5].to_vec());
    assert_eq!(positions(reader(&store, stream()).backwards().from(5)), down);
    assert_eq!(positions(reader(&store, Records::Stream(StreamName::parse("ledger::account-9")))), Vec::<u64>::new());
}

#[test]
fn pages_and_records_can_be_mixed() {
    let store = Troubled::default();
    filled(&store, 25);
    let mut reader = reader(&store, Records::All);
    assert_eq!(run(reader.next()).unwrap().map(|record| record.metadata.global_position), Some(1));
    let pages = std::iter::from_fn(|| run(reader.next_page()).unwrap());
    assert_eq!(pages.map(|page| page.len()).collect::<Vec<_>>(), [9, 10, 5]);
}

#[test]
fn no_more_than_two_pages_at_a_time() {
    let store = Troubled::default();
    filled(&store, 100);
    store.slow(2, 2);
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    store.script(move |call| {
        counted.fetch_add(usize::from(matches!(call, Call::Read)), Ordering::SeqCst);
        Fate::Happens
    });
    let mut reader = reader(&store, Records::All);
    assert_eq!(reads.load(Ordering::SeqCst), 0, "nothing is read before it is asked for");
    for record in 0..100 {
        assert!(run(reader.next()).unwrap().is_some());
        let (begun, used_up) = (reads.load(Ordering::SeqCst), record / 10);
        assert_eq!(begun - used_up, 2, "the page in hand, and the one that follows it");
    }
    assert!(run(reader.next()).unwrap().is_none());
}

#[test]
fn what_came_since_is_read_when_asked_again() {
    let store = Troubled::default();
    filled(&store, 5);
    let mut reader = reader(&store, Records::All);
    assert_eq!(run(reader.next_page()).unwrap().map(|page| page.len()), Some(5));
    assert!(run(reader.next()).unwrap().is_none());
    filled(&store, 2);
    assert_eq!(run(reader.next()).unwrap().map(|record| record.metadata.global_position), Some(6));
}

/// Dropped at any of its polls, a reader has lost nothing.
#[test]
fn given_up_at_every_await_it_goes_on() {
    for (polls, follows) in (0..12).flat_map(|polls| [(polls, false), (polls, true)]) {
        let store = Troubled::default();
        filled(&store, 45);
        store.slow(1, 1);
        let mut reader = reader(&store, Records::Category("ledger::account".into()));
        if follows {
            reader = reader.follow();
        }
        let mut seen = Vec::new();
        while seen.len() < 30 {
            let mut next = Stepped::new(reader.next());
            let given_up = next.poll_times(polls);
            drop(next);
            if let std::task::Poll::Ready(record) = given_up {
                seen.push(record.unwrap().unwrap().metadata.global_position);
                continue;
            }
            seen.push(run(reader.next()).unwrap().unwrap().metadata.global_position);
        }
        let all: Vec<u64> = (1..=45).filter(|position| position % 3 != 0).collect();
        assert_eq!(seen, all, "given up after {polls} polls");
    }
}

#[test]
fn after_an_error_the_same_page_is_read_again() {
    for nth in 0..6 {
        let store = Troubled::default();
        filled(&store, 45);
        let mut calls = 0;
        store.script(move |_| {
            calls += 1;
            if calls == nth + 1 { Fate::Unavailable } else { Fate::Happens }
        });
        let mut reader = reader(&store, Records::All);
        let (mut seen, mut errors) = (Vec::new(), 0);
        loop {
            match run(reader.next()) {
                Ok(Some(record)) => seen.push(record.metadata.global_position),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable);
                    errors += 1;
                }
            }
        }
        assert_eq!((seen, errors), ((1..=45).collect(), 1), "at call {nth}");
    }
}

#[test]
fn one_that_follows_waits_for_what_is_written_next() {
    let store = Troubled::default();
    filled(&store, 3);
    let mut reader = reader(&store, Records::Category("ledger::account".into())).follow();
    assert_eq!(run(reader.next_page()).unwrap().map(|page| page.len()), Some(2));
    let mut next = Stepped::new(reader.next());
    assert!(next.poll().is_pending());
    assert!(!next.is_woken(), "it does not look again and again");
    write(&store, "ledger::other-1", 8, [event("Ledger.Deposited.v1", "{}")]);
    // What it does not read may wake it, and is not what it waits for.
    while next.is_woken() {
        assert!(next.poll().is_pending());
    }
    write(&store, "ledger::account-1", 9, [event("Ledger.Deposited.v1", "{}")]);
    assert!(next.is_woken());
    let record = next.poll_times(8).map(|record| record.unwrap().unwrap().metadata.global_position);
    assert_eq!(record, std::task::Poll::Ready(5));
}

#[test]
fn following_backwards_is_refused() {
    let store = Troubled::default();
    let error = run(reader(&store, Records::All).backwards().follow().next()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("cannot follow"), "{error}");
}

/// Writers on several threads while readers follow: each sees everything, once and in order.
#[test]
fn complete_while_others_write() {
    const EACH: u128 = 400;
    let store = MemoryStore::default();
    std::thread::scope(|scope| {
        for writer in 0..3_u128 {
            let store = store.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    let stream = format!("ledger::account-{}", number % 7);
                    write(&store, &stream, writer * EACH + number, [event("Ledger.Deposited.v1", "{}")]);
                }
            });
        }
        for bytes in [64, 1 << 20] {
            let store = store.clone();
            scope.spawn(move || {
                let mut reader = Reader::new(Arc::new(store), Records::All).pages(PageLimit { records: 7, bytes }).follow();
                for position in 1..=(3 * EACH as u64) {
                    let record = fidelis::block_on(reader.next()).unwrap().unwrap();
                    assert_eq!(record.metadata.global_position, position);
                }
            });
        }
    });
}
