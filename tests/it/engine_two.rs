//! Two engines on one store, as two processes on one database would be: neither knows what the other keeps in memory.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fidelis::{Envelope, MemoryStore, RetryPolicy, prelude::*};

use crate::{
    ledger::{self, BALANCES, Bench, Count, Deposit, Transfer, TransferOnce, WATCHER, Withdraw, balance, folded, open},
    stepping::run,
    troubled::{Troubled, log_of},
};

fn two() -> (Bench, MemoryStore, Engine, Engine) {
    let (bench, store) = (Bench::default(), MemoryStore::default());
    let (one, other) = (bench.start(store.clone()), bench.start(store.clone()));
    (bench, store, one, other)
}

#[test]
fn a_command_to_what_the_other_changed_meets_a_conflict_and_decides_again() {
    let (_, _, one, other) = two();
    let account = open(&one, "alice", 100);
    for _ in 0..3 {
        assert_eq!(run(other.process(Deposit { account, amount: 1 })).unwrap().lagging, Vec::new());
        assert_eq!(run(one.process(Deposit { account, amount: 1 })).unwrap().lagging, Vec::new());
    }
    assert_eq!(folded(&one, account), 106);
    assert_eq!((balance(&one, account), balance(&other, account)), (Some((106, 7)), Some((106, 7))));
}

/// What is kept in memory is a head start, never an answer.
#[test]
fn a_refusal_stands_on_what_is_stored() {
    let (_, _, one, other) = two();
    let account = open(&one, "alice", 100);
    let _ = run(other.process(Deposit { account, amount: 900 })).unwrap();
    assert_eq!(run(one.process(Withdraw { account, amount: 500 })).unwrap().value, 500);
    assert_eq!(run(other.process(Withdraw { account, amount: 500 })).unwrap().value, 0);
    let refused = run(one.process(Withdraw { account, amount: 1 })).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Rejected);
}

#[test]
fn an_answer_without_an_event_stands_on_what_is_stored() {
    let (_, _, one, other) = two();
    let account = open(&one, "alice", 100);
    let _ = run(other.process(Deposit { account, amount: 900 })).unwrap();
    let receipt = run(one.process(Count { account })).unwrap();
    assert_eq!((receipt.value, receipt.position), (1_000, 0));
}

#[test]
fn loading_gives_what_is_stored() {
    let (_, _, one, other) = two();
    let account = open(&one, "alice", 100);
    assert_eq!(run(one.load(account)).unwrap().balance, 100);
    let _ = run(other.process(Deposit { account, amount: 900 })).unwrap();
    assert_eq!(run(one.load(account)).unwrap().balance, 1_000);
    assert_eq!(run(one.load(account)).unwrap(), run(one.replay(account)).unwrap());
}

/// Without a retry, the caller decides again: that has to lead somewhere.
#[test]
fn a_handler_with_a_context_sees_what_the_other_stored() {
    let (_, _, one, other) = two();
    let (from, to) = (open(&one, "alice", 100), open(&one, "bob", 0));
    let _ = run(one.process(Transfer { from, to, amount: 1 })).unwrap();
    for _ in 0..2 {
        let _ = run(other.process(Deposit { account: from, amount: 900 })).unwrap();
        let _ = run(one.process(TransferOnce { from, to, amount: 500 })).unwrap();
        let _ = run(other.process(Transfer { from, to, amount: 400 })).unwrap();
    }
    assert_eq!((folded(&one, from), folded(&one, to)), (99, 1_801));
    assert_eq!(balance(&other, to), Some((1_801, 6)));
}

#[test]
fn a_command_that_was_settled_by_the_other_is_answered() {
    let (bench, store, one, other) = two();
    let account = open(&one, "alice", 100);
    let deposit = |engine: &Engine| {
        run(engine.process_with(Deposit { account, amount: 5 }, Envelope::keyed("deposit 1"))).map(|receipt| {
            assert_eq!(receipt.lagging, Vec::new());
            (receipt.value, receipt.command, receipt.position)
        })
    };
    let first = deposit(&one).unwrap();
    assert_eq!(deposit(&other).unwrap(), first, "the other one has not heard of that position yet");
    assert_eq!(deposit(&bench.start(store.clone())).unwrap(), first);
    assert_eq!(log_of(&store).len(), 2);
}

/// A store whose commits are not followed by anything, because their caller is gone.
#[test]
fn settling_finds_what_nobody_announced() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let (one, other) = (bench.start(store.clone()), bench.start(store.clone()));
    let account = open(&one, "alice", 100);
    store.slow(0, 1);
    let mut deposit = crate::stepping::Stepped::new(other.process(Deposit { account, amount: 5 }));
    while log_of(&store).len() < 2 {
        assert!(deposit.poll().is_pending(), "it must be stored and not yet handled");
    }
    drop(deposit);
    store.slow(0, 0);
    assert_eq!(store.checkpoint_of(WATCHER), 1);
    run(one.settle()).unwrap();
    assert_eq!(store.checkpoint_of(WATCHER), 2, "all that is in the log is handled");
    assert_eq!(balance(&one, account), Some((105, 2)));
    assert_eq!(bench.seen.positions(), [1, 2]);
}

#[test]
fn a_message_parked_by_one_is_parked_for_the_other() {
    let (bench, store, one, other) = two();
    let (alice, bob) = (open(&one, "alice", 100), open(&one, "bob", 100));
    let _ = run(other.process(Deposit { account: bob, amount: 1 })).unwrap();
    for hook in [&bench.balances, &bench.watcher] {
        hook.set(|meta| match meta.global_position {
            4 => Err(HandlerError::failed("not this one")),
            _ => Ok(()),
        });
    }
    let receipt = run(one.process(Deposit { account: alice, amount: 10 })).unwrap();
    assert_eq!((receipt.position, receipt.lagging.len()), (4, 2));

    // The other one meets the stream's next message: it waits behind the one that failed.
    let receipt = run(other.process(Deposit { account: alice, amount: 20 })).unwrap();
    let lagging: Vec<_> = receipt.lagging.iter().map(|lagging| (&*lagging.subscription, lagging.position)).collect();
    assert_eq!(lagging, [(BALANCES, 5), (WATCHER, 5)], "{:?}", receipt.lagging);
    assert_eq!(balance(&one, alice), Some((100, 1)));
    assert_eq!(bench.seen.positions(), [1, 2, 3]);

    bench.balances.clear();
    bench.watcher.clear();
    bench.clock.advance(SignedDuration::from_mins(10));
    run(other.settle()).unwrap();
    run(one.settle()).unwrap();
    assert_eq!(balance(&one, alice), Some((130, 3)));
    assert_eq!(bench.seen.positions(), [1, 2, 3, 4, 5], "in order");
    assert!(run(one.parked()).unwrap().is_empty());
    drop(store);
}

/// Both know of the message, and its time has come for both.
#[test]
fn a_parked_message_is_retried_with_effect_by_one_only() {
    let (bench, store) = (Bench::default(), MemoryStore::default());
    let first = bench.start(store.clone());
    let account = open(&first, "alice", 100);
    bench.balances.set(|_| Err(HandlerError::failed("not now")));
    let _ = run(first.process(Deposit { account, amount: 10 })).unwrap();
    let _ = run(first.process(Deposit { account, amount: 20 })).unwrap();
    let (one, other) = (bench.start(store.clone()), bench.start(store.clone()));
    bench.balances.clear();
    bench.clock.advance(SignedDuration::from_mins(10));
    for engine in [&one, &other, &first] {
        run(engine.settle()).unwrap();
        assert_eq!(balance(engine, account), Some((130, 3)));
    }
    assert!(run(one.parked()).unwrap().is_empty());
    let _ = run(other.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(balance(&one, account), Some((131, 4)));
}

#[test]
fn what_one_has_dropped_the_other_does_not_bring_back() {
    let (bench, store) = (Bench::default(), MemoryStore::default());
    let first = bench.start(store.clone());
    let account = open(&first, "alice", 100);
    bench.balances.set(|_| Err(HandlerError::failed("not now")));
    let _ = run(first.process(Deposit { account, amount: 10 })).unwrap();
    let other = bench.start(store.clone());
    run(first.drop_parked(BALANCES, 2)).unwrap();
    // The other one still fails on it, and would park it again.
    bench.clock.advance(SignedDuration::from_mins(10));
    run(other.settle()).unwrap();
    assert_eq!(run(other.parked()).unwrap(), []);
    bench.balances.clear();
    let _ = run(other.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(balance(&other, account), Some((101, 2)));
}

/// The other one has moved on while this one's handler kept failing.
#[test]
fn a_handler_that_fails_on_what_the_other_has_handled_goes_on_from_there() {
    let (bench, _, one, other) = two();
    let account = open(&one, "alice", 100);
    run(other.settle()).unwrap();
    let _ = run(one.process(Deposit { account, amount: 1 })).unwrap();
    // The other one's turn: position 2 is new to it, and its handler fails now.
    bench.watcher.set(|meta| match meta.global_position {
        2 => Err(HandlerError::failed("not now")),
        _ => Ok(()),
    });
    let receipt = run(other.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(receipt.lagging, Vec::new(), "nothing of this command lags");
    assert_eq!(bench.seen.positions(), [1, 2, 3]);
    assert!(run(other.parked()).unwrap().is_empty(), "it was handled by the first");
}

#[test]
fn what_one_has_handled_the_other_does_not_handle_again() {
    let (bench, _, one, other) = two();
    let account = open(&one, "alice", 100);
    run(other.settle()).unwrap();
    let _ = run(one.process(Deposit { account, amount: 1 })).unwrap();
    let before = bench.seen.positions();
    assert_eq!(before, [1, 2]);
    let _ = run(other.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(bench.seen.positions(), [1, 2, 3]);
}

/// The other one handles a message while this one's handler is at it, and fails.
#[test]
fn a_handler_that_fails_while_the_other_succeeds_has_not_failed() {
    let (bench, others, store) = (Bench::default(), Bench::default(), MemoryStore::default());
    let (one, other) = (bench.start(store.clone()), others.start(store.clone()));
    let account = open(&one, "alice", 100);
    run(other.settle()).unwrap();
    let meanwhile = other.clone();
    bench.watcher.set(move |meta| {
        run(meanwhile.settle()).unwrap();
        match meta.global_position {
            2 => Err(HandlerError::failed("not now")),
            _ => Ok(()),
        }
    });
    let receipt = run(one.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(receipt.lagging, []);
    assert_eq!((bench.seen.positions(), others.seen.positions()), (vec![1], vec![2]));
    assert_eq!(run(one.parked()).unwrap(), []);
    run(one.settle()).unwrap();
    // And one that succeeds, too: its commit meets the other's, and it is not called once more for that.
    let receipt = run(one.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!(receipt.lagging, []);
    assert_eq!((bench.seen.positions(), others.seen.positions()), (vec![1, 3], vec![2, 3]));
}

/// Threads on both engines: rows are never double-counted, no update is lost, nobody hangs.
#[test]
fn under_load() {
    const THREADS: u64 = 3;
    const DEPOSITS: u64 = 60;
    let bench = Bench::default();
    let store = MemoryStore::default();
    let retry = RetryPolicy { conflicts: 10_000, ..RetryPolicy::default() };
    let engines = [bench.start_with(store.clone(), retry), bench.start_with(store.clone(), retry)];
    let accounts = [open(&engines[0], "alice", 1), open(&engines[1], "bob", 1)];
    let behind = Arc::new(AtomicU64::new(0));
    std::thread::scope(|scope| {
        for engine in &engines {
            for _ in 0..THREADS {
                let behind = Arc::clone(&behind);
                scope.spawn(move || {
                    for index in 0..DEPOSITS {
                        let account = accounts[(index % 2) as usize];
                        let receipt = fidelis::block_on(engine.process(Deposit { account, amount: 1 })).unwrap();
                        assert_eq!(receipt.lagging, Vec::new());
                        let passed = fidelis::block_on(engine.store().checkpoint(BALANCES)).unwrap();
                        behind.fetch_add(u64::from(passed < receipt.position), Ordering::SeqCst);
                    }
                });
            }
        }
    });
    assert_eq!(behind.load(Ordering::SeqCst), 0, "whoever has a receipt finds the read model there");
    let each = i64::try_from(THREADS * DEPOSITS).unwrap() + 1;
    for account in accounts {
        assert_eq!(folded(&engines[0], account), each);
        assert_eq!(balance(&engines[1], account), Some((each, each)));
        assert_eq!(run(engines[0].load(account)).unwrap().balance, each);
    }
    let log = log_of(&store);
    for account in accounts {
        let stream = format!("{}::account-{account}", ledger::domain().name());
        let positions: Vec<u64> = log
            .iter()
            .filter(|record| record.metadata.stream.as_str() == stream)
            .map(|record| record.metadata.position)
            .collect();
        assert_eq!(positions, (0..=THREADS * DEPOSITS).collect::<Vec<_>>(), "gapless");
    }
    let mut seen = bench.seen.positions();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (1..=log.len() as u64).collect::<Vec<_>>(), "every message was delivered");
}
