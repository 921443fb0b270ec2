//! Many threads on one engine: no lost update, no gap, and who has a receipt finds what it says.

use std::{
    collections::HashMap,
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use fidelis::{MemoryStore, MessageKind, RetryPolicy, prelude::*};

use crate::{
    ledger::{Account, BALANCES, Balance, Bench, Deposit, Open, Transfer, WATCHER, Withdraw, balance, folded, open},
    stepping::{Stepped, run, run_all},
    troubled::{Troubled, log_of},
};

const THREADS: usize = 8;

/// The versions of every stream are 0, 1, 2, and the positions of the log 1, 2, 3.
#[track_caller]
fn gapless(store: &dyn fidelis::Store) {
    let mut versions: HashMap<String, u64> = HashMap::new();
    for (place, record) in log_of(store).iter().enumerate() {
        assert_eq!(record.metadata.global_position, place as u64 + 1);
        let next = versions.entry(record.metadata.stream.to_string()).or_default();
        assert_eq!(record.metadata.position, *next, "{}", record.metadata.stream);
        *next += 1;
    }
}

/// Rows, live state and log agree, and every message was seen once, in the order of its stream.
#[track_caller]
fn agrees(bench: &Bench, engine: &Engine, accounts: &[Id<Account>]) {
    gapless(engine.store());
    for account in accounts {
        let stored = folded(engine, *account);
        assert_eq!(run(engine.load(*account)).unwrap().balance, stored);
        assert_eq!(balance(engine, *account).map(|row| row.0), Some(stored));
    }
    let log = log_of(engine.store());
    let events = log.iter().filter(|record| record.metadata.kind == MessageKind::Event);
    let positions: Vec<u64> = events.map(|record| record.metadata.global_position).collect();
    assert_eq!(bench.seen.positions(), positions, "each once, in order");
    assert_eq!(run(engine.parked()).unwrap(), []);
}

#[test]
fn on_one_account() {
    const DEPOSITS: usize = 100;
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let account = open(&engine, "alice", 0);
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                let mut last = 0;
                for _ in 0..DEPOSITS {
                    let receipt = fidelis::block_on(engine.process(Deposit { account, amount: 1 })).unwrap();
                    assert!(receipt.value > last, "the answer is of this command");
                    last = receipt.value;
                    let row = fidelis::block_on(engine.query::<Balance>().get(account)).unwrap().unwrap();
                    assert!(row.amount >= receipt.value, "whoever has a receipt finds it in the read model");
                    assert!(engine_has_passed(&engine, receipt.position));
                }
            });
        }
    });
    assert_eq!(folded(&engine, account), (THREADS * DEPOSITS) as i64);
    agrees(&bench, &engine, &[account]);
}

fn engine_has_passed(engine: &Engine, position: u64) -> bool {
    let passed = |name| fidelis::block_on(engine.store().checkpoint(name)).unwrap() >= position;
    passed(BALANCES) && passed(WATCHER)
}

/// Answers are those of each command: all different, none twice.
#[test]
fn every_answer_is_given_once() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let account = open(&engine, "alice", 0);
    let mut answers: Vec<i64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    (0..50)
                        .map(|_| fidelis::block_on(engine.process(Deposit { account, amount: 1 })).unwrap().value)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, (1..=(THREADS * 50) as i64).collect::<Vec<_>>());
}

#[test]
fn on_many_accounts() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let accounts: Vec<_> = (0..17).map(|_| open(&engine, "somebody", 10)).collect();
    let refused = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (engine, accounts, refused) = (&engine, &accounts, &refused);
            scope.spawn(move || {
                for round in 0..100 {
                    let account = accounts[(thread * 31 + round * 7) % accounts.len()];
                    let done = match round % 3 {
                        0 => fidelis::block_on(engine.process(Deposit { account, amount: 3 })).map(|receipt| receipt.position),
                        1 => fidelis::block_on(engine.process(Withdraw { account, amount: 5 })).map(|receipt| receipt.position),
                        _ => {
                            let open = Open { owner: "somebody".into(), amount: 1 };
                            fidelis::block_on(engine.process(open)).map(|receipt| receipt.position)
                        }
                    };
                    match done {
                        Ok(position) => assert!(engine_has_passed(engine, position)),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
                            refused.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                }
            });
        }
    });
    assert!(refused.load(Ordering::SeqCst) > 0, "some must have been refused");
    agrees(&bench, &engine, &accounts);
    assert!(accounts.iter().all(|account| folded(&engine, *account) >= 0));
}

/// Handlers that load and save for themselves meet conflicts, and keep the sum.
#[test]
fn transfers_in_both_directions() {
    let bench = Bench::default();
    let retry = RetryPolicy { conflicts: 100_000, ..RetryPolicy::default() };
    let engine = bench.start_with(MemoryStore::default(), retry);
    let accounts: Vec<_> = (0..3).map(|_| open(&engine, "somebody", 1_000)).collect();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (engine, accounts) = (&engine, &accounts);
                scope.spawn(move || {
                    for round in 0..40 {
                        let (from, to) = (accounts[(thread + round) % 3], accounts[(thread + 2 * round + 1) % 3]);
                        if from == to {
                            let _ = fidelis::block_on(engine.process(Deposit { account: from, amount: 1 })).unwrap();
                            let _ = fidelis::block_on(engine.process(Withdraw { account: from, amount: 1 })).unwrap();
                        } else {
                            let _ = fidelis::block_on(engine.process(Transfer { from, to, amount: 1 })).unwrap();
                        }
                    }
                })
            })
            .collect();
        // Settling ends, however much is going on.
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                fidelis::block_on(engine.settle()).unwrap();
            }
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(accounts.iter().map(|account| folded(&engine, *account)).sum::<i64>(), 3_000);
    agrees(&bench, &engine, &accounts);
}

/// Settling, retrying and rebuilding come to an end while others go on writing.
#[test]
fn settling_ends_while_others_write() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let account = open(&engine, "alice", 0);
    let stop = AtomicBool::new(false);
    let written = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let _ = fidelis::block_on(engine.process(Deposit { account, amount: 1 })).unwrap();
                    written.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for _ in 0..20 {
            let before = written.load(Ordering::SeqCst);
            fidelis::block_on(engine.settle()).unwrap();
            while written.load(Ordering::SeqCst) == before {
                std::thread::yield_now();
            }
        }
        assert!(fidelis::block_on(engine.rebuild::<Balance>()).unwrap() > 0);
        stop.store(true, Ordering::SeqCst);
    });
    agrees(&bench, &engine, &[account]);
}

/// Many callers on one thread, whose store is slow: they queue for the aggregate and for the consumers, and all come through.
#[test]
fn many_callers_on_one_thread() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let accounts = [open(&engine, "alice", 0), open(&engine, "bob", 0)];
    for (before, after) in [(1, 0), (0, 1), (2, 3)] {
        store.slow(before, after);
        let callers = (0..40).map(|index| Stepped::new(engine.process(Deposit { account: accounts[index % 2], amount: 1 })));
        for receipt in run_all(callers) {
            assert_eq!(receipt.unwrap().lagging, []);
        }
        store.slow(0, 0);
    }
    assert_eq!(accounts.map(|account| folded(&engine, account)), [60, 60]);
    agrees(&bench, &engine, &accounts);
}

/// Time stands still, or goes backwards: what is recorded does not.
#[test]
fn recorded_time_never_runs_backwards() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let account = open(&engine, "alice", 0);
    for seconds in [5, -100, 3, -1_000_000, 200] {
        let now = fidelis::Clock::now(&*bench.clock) + SignedDuration::from_secs(seconds);
        bench.clock.set(now);
        let _ = run(engine.process(Deposit { account, amount: 1 })).unwrap();
    }
    let times: Vec<_> = log_of(engine.store()).iter().map(|record| record.metadata.time).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(times[1] > times[0], "and it does move");
}
