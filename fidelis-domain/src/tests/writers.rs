//! Many at once: no update is lost.

use std::thread;

use fidelis::{Engine, ManualClock, MemoryStore, RetryPolicy, SignedDuration, block_on};

use super::{Bank, deposit, opening};
use crate::{
    dashboard::AccountSummary,
    money::{cents, dollars},
};

const WRITERS: usize = 8;
const DEPOSITS: usize = 50;

/// As a process of its own would run it, but never tired of deciding again.
fn engine(store: &MemoryStore) -> Engine {
    let retry = RetryPolicy { conflicts: u32::MAX, ..RetryPolicy::default() };
    block_on(crate::domain().on(store.clone()).clock(ManualClock::default()).retry(retry).start()).unwrap()
}

/// Lets every writer make its deposits, on one engine after the other.
fn deposit_at_once(engines: &[Engine]) {
    let alice = block_on(engines[0].process(opening("ACC-001", "Alice Johnson", dollars(0)))).unwrap().value;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let engine = &engines[writer % engines.len()];
            scope.spawn(move || {
                for _ in 0..DEPOSITS {
                    assert_eq!(block_on(engine.process(deposit(alice, cents(1)))).unwrap().lagging, []);
                }
            });
        }
    });
    let count = (WRITERS * DEPOSITS) as i64;
    for engine in engines {
        assert_eq!(block_on(engine.replay(alice)).unwrap().balance, cents(count));
        let row = block_on(engine.query::<AccountSummary>().get(alice)).unwrap().unwrap();
        assert_eq!((row.balance, row.transaction_count), (cents(count), count + 1));
    }
}

#[test]
fn many_threads_of_one_process_lose_no_update() {
    deposit_at_once(&[engine(&MemoryStore::default())]);
}

#[test]
fn several_processes_on_one_store_lose_no_update() {
    let store = MemoryStore::default();
    deposit_at_once(&[engine(&store), engine(&store), engine(&store)]);
}

#[test]
fn what_another_process_has_handled_is_not_handled_again() {
    let bank = Bank::open();
    let late = Bank::on(bank.store.clone());
    late.clock.advance(SignedDuration::from_mins(1));
    let alice = bank.alice(dollars(100));
    late.accepts(deposit(alice, dollars(10_000)));
    bank.accepts(deposit(alice, dollars(20_000)));
    assert_eq!((bank.notices.notices().len(), late.notices.notices().len()), (1, 0), "one welcome");
    assert_eq!((bank.alerts.notices().len(), late.alerts.notices().len()), (1, 1), "one alert for each deposit");
    assert_eq!(block_on(late.engine.parked()).unwrap(), []);
}
