//! Many at once: no update is lost.

use std::{
    sync::Arc,
    task::{Context, Waker},
    thread,
};

use fidelis::{Engine, ManualClock, MemoryStore, RetryPolicy, SignedDuration, block_on};
use parking_lot::Mutex;

use super::{
    Bank, deposit,
    log_lines::listen,
    observed::{Fate, Observed},
    opening,
};
use crate::{
    dashboard::AccountSummary,
    money::{cents, dollars},
};

const WRITERS: usize = 8;
const DEPOSITS: usize = 50;

/// As a process of its own would run it, but never tired of deciding again.
fn engine(store: &MemoryStore) -> Engine {
    listen();
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

#[test]
fn what_happens_between_reading_a_row_and_writing_it_is_not_folded_twice() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let way = Observed::new(bank.store.clone(), |_| Fate::Happens);
    let interruption = way.interruption.clone();
    let late = Bank::behind(way, bank.store.clone());
    bank.accepts(deposit(alice, dollars(1)));

    // While `late` folds what `bank` has folded already, a command of its own moves the checkpoint beyond that.
    let (engine, begun) = (late.engine.clone(), Arc::new(Mutex::new(None)));
    let command = Arc::clone(&begun);
    *interruption.lock() = Some(Box::new(move || {
        let mut command_of_its_own = Box::pin(async move { engine.process(deposit(alice, dollars(5))).await });
        let polled = command_of_its_own.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "it is committed, and waits for the fold");
        *command.lock() = Some(command_of_its_own);
    }));
    late.clock.advance(SignedDuration::from_mins(1));
    block_on(late.engine.settle()).unwrap();
    let command_of_its_own = begun.lock().take().expect("the fold was interrupted");
    assert_eq!(block_on(command_of_its_own).unwrap().lagging, []);
    let row = block_on(late.engine.query::<AccountSummary>().get(alice)).unwrap().unwrap();
    assert_eq!((row.balance, row.transaction_count), (dollars(106), 3));
}
