//! A command under a key has one effect and one answer, whatever breaks and whoever asks.

use std::{
    collections::HashSet,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use fidelis::{Envelope, MemoryStore, MessageId, Receipt, Store, Uuid, prelude::*, store::Outcome};

use crate::{
    ledger::{Bench, Deposit, DepositAll, Open, OpenDescribed, Transfer, Withdraw, balance, folded, open},
    stepping::{Stepped, run, run_all},
    troubled::{Call, Fate, Troubled, log_of},
};

fn start() -> (Bench, Troubled, Engine) {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    (bench, store, engine)
}

fn keyed<C: fidelis::Handled>(engine: &Engine, key: &str, command: C) -> Result<Receipt<C::Output>, Error> {
    run(engine.process_with(command, Envelope::keyed(key)))
}

#[test]
fn a_repeat_gets_the_first_answer_and_has_no_effect() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let first = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    let _ = run(engine.process(Deposit { account, amount: 1 })).unwrap();
    let again = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    assert_eq!((again.value, again.command, again.position), (105, first.command, first.position));
    assert_eq!((folded(&engine, account), log_of(&store).len()), (106, 3));

    let one = keyed(&engine, "open", Open { owner: "bob".into(), amount: 1 }).unwrap().value;
    assert_eq!(keyed(&engine, "open", Open { owner: "bob".into(), amount: 1 }).unwrap().value, one);
    // An answer of nothing is an answer.
    let _ = keyed(&engine, "all", DepositAll { account, amounts: vec![1, 2] }).unwrap();
    let _ = keyed(&engine, "all", DepositAll { account, amounts: vec![1, 2] }).unwrap();
    let transfer = || Transfer { from: account, to: one, amount: 9 };
    let _ = keyed(&engine, "transfer", transfer()).unwrap();
    let _ = keyed(&engine, "transfer", transfer()).unwrap();
    assert_eq!((folded(&engine, account), folded(&engine, one)), (100, 10));
    assert_eq!(balance(&engine, one), Some((10, 2)));
}

#[test]
fn a_key_and_an_identity_of_the_callers_own_are_alike() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let id = MessageId::from_uuid(Uuid::from_u128(7));
    for _ in 0..2 {
        let receipt = run(engine.process_with(Deposit { account, amount: 5 }, Envelope::identified(id))).unwrap();
        assert_eq!((receipt.command, receipt.value), (id, 105));
    }
    let named = MessageId::named("k");
    let by_key = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    let by_identity = run(engine.process_with(Deposit { account, amount: 5 }, Envelope::identified(named))).unwrap();
    assert_eq!((by_key.command, by_key.value), (by_identity.command, by_identity.value));
    assert_eq!(log_of(&store).len(), 3);
}

#[test]
fn without_a_key_the_same_command_is_done_again() {
    let (_, _, engine) = start();
    let account = open(&engine, "alice", 100);
    for expected in [105, 110] {
        assert_eq!(run(engine.process(Deposit { account, amount: 5 })).unwrap().value, expected);
    }
}

#[test]
fn a_key_that_was_used_for_something_else_is_refused() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let _ = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    let _ = keyed(&engine, "refused", Withdraw { account, amount: 1_000 }).unwrap_err();
    let others = [
        keyed(&engine, "k", Deposit { account, amount: 6 }).map(drop),
        keyed(&engine, "k", Withdraw { account, amount: 5 }).map(drop),
        keyed(&engine, "k", Open { owner: "bob".into(), amount: 5 }).map(drop),
        keyed(&engine, "refused", Withdraw { account, amount: 1 }).map(drop),
    ];
    for other in others {
        let error = other.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains("key"), "{error}");
    }
    assert_eq!((folded(&engine, account), log_of(&store).len()), (105, 2));
}

/// Maps write their entries in any order: that does not make it another command. Lists have an order.
#[test]
fn what_has_no_order_is_the_same_in_any() {
    let (_, store, engine) = start();
    let described = |list: &[u32]| {
        let inner = || (0..20).map(|number| (format!("{number}"), number)).collect();
        OpenDescribed { words: (0..20).map(|number| (format!("word {number}"), inner())).collect(), list: list.to_vec() }
    };
    let first = keyed(&engine, "k", described(&[1, 2])).unwrap().value;
    for _ in 0..5 {
        assert_eq!(keyed(&engine, "k", described(&[1, 2])).unwrap().value, first);
    }
    let mut other = described(&[1, 2]);
    other.words.get_mut("word 7").unwrap().insert("3".into(), 4);
    for other in [other, described(&[2, 1]), described(&[]), described(&[12])] {
        assert_eq!(keyed(&engine, "k", other).unwrap_err().kind(), ErrorKind::Invalid);
    }
    assert_eq!(log_of(&store).len(), 1);
}

#[test]
fn a_refusal_is_remembered() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let refused = keyed(&engine, "k", Withdraw { account, amount: 500 }).unwrap_err();
    let _ = run(engine.process(Deposit { account, amount: 900 })).unwrap();
    let again = keyed(&engine, "k", Withdraw { account, amount: 500 }).unwrap_err();
    assert_eq!(refused.rejection().unwrap(), again.rejection().unwrap());
    assert!(again.rejection().unwrap().says("balance", "insufficient funds"));
    assert_eq!(log_of(&store).len(), 2);
    let settled = run(engine.store().settlement(MessageId::named("k"))).unwrap().unwrap();
    assert!(matches!(settled.outcome, Outcome::Rejected(_)));
}

#[test]
fn what_is_neither_done_nor_refused_is_not_remembered() {
    let (_, store, engine) = start();
    let account = Id::named("later");
    assert_eq!(keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap_err().kind(), ErrorKind::NotFound);
    let account = open(&engine, "alice", 100);
    store.nth_commit(0, Fate::Unavailable, |commit| !commit.appends.is_empty());
    assert_eq!(keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.met(), 1);
    assert_eq!(keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap().value, 105);
}

#[test]
fn keys_outlive_the_engine() {
    let (bench, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let first = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    let refused = keyed(&engine, "r", Withdraw { account, amount: 500 }).unwrap_err();
    drop(engine);
    let engine = bench.start(store.clone());
    let again = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    assert_eq!((again.value, again.position), (first.value, first.position));
    let again = keyed(&engine, "r", Withdraw { account, amount: 500 }).unwrap_err();
    assert_eq!(again.rejection(), refused.rejection());
    assert_eq!(log_of(&store).len(), 2);
}

#[test]
fn a_repeat_says_who_still_lags() {
    let (bench, _, engine) = start();
    let account = open(&engine, "alice", 100);
    bench.watcher.set(|_| Err(HandlerError::failed("not now")));
    let first = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    assert_eq!(first.lagging.len(), 1);
    let again = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    assert_eq!(again.lagging, first.lagging);
    bench.watcher.clear();
    bench.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap().lagging, []);
}

/// Sixteen threads ask the same fifty things, in different orders.
#[test]
fn from_many_threads_at_once() {
    const THREADS: usize = 16;
    const KEYS: usize = 50;
    let (bench, store) = (Bench::default(), MemoryStore::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 0);
    let answers = Mutex::new(HashSet::new());
    let barrier = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (engine, answers, barrier) = (&engine, &answers, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for index in 0..KEYS {
                    let key = (index * (2 * (thread % 4) + 3)) % KEYS;
                    let deposit = Deposit { account, amount: 1 + key as i64 };
                    let receipt = fidelis::block_on(engine.process_with(deposit, Envelope::keyed(&key.to_string()))).unwrap();
                    assert_eq!(receipt.lagging, []);
                    answers.lock().unwrap().insert((key, receipt.value, receipt.position, receipt.command));
                }
            });
        }
    });
    let answers = answers.into_inner().unwrap();
    assert_eq!(answers.len(), KEYS, "one answer for each key");
    assert_eq!(answers.iter().map(|answer| answer.0).collect::<HashSet<_>>().len(), KEYS);
    assert_eq!(log_of(&store).len(), KEYS + 1, "one effect for each key");
    let sum: i64 = (1..=KEYS as i64).sum();
    assert_eq!(folded(&engine, account), sum);
    assert_eq!(balance(&engine, account), Some((sum, KEYS as i64 + 1)));
}

/// All try to take everything: whoever comes second is refused by what the first did, unless it is the same command.
#[test]
fn the_first_ones_effect_is_no_reason_to_refuse_the_second() {
    const THREADS: usize = 8;
    let (bench, store) = (Bench::default(), MemoryStore::default());
    let engine = bench.start(store.clone());
    for round in 0..100 {
        let account = open(&engine, "alice", 100);
        let barrier = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                let (engine, barrier) = (&engine, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let key = Envelope::keyed(&format!("all of {round}"));
                    let receipt = fidelis::block_on(engine.process_with(Withdraw { account, amount: 100 }, key)).unwrap();
                    assert_eq!(receipt.value, 0);
                });
            }
        });
        assert_eq!(folded(&engine, account), 0);
    }
}

/// The same, step by step: the second asks when the first is anywhere between its beginning and its end.
#[test]
fn the_second_asks_while_the_first_is_at_work() {
    let (_, store, engine) = start();
    for polls in 0.. {
        let account = open(&engine, "alice", 100);
        let key = format!("all of {polls}");
        let withdraw = || Stepped::new(engine.process_with(Withdraw { account, amount: 100 }, Envelope::keyed(&key)));
        store.slow(1, 1);
        let mut first = withdraw();
        if first.poll_times(polls).is_ready() {
            assert!(polls > 8, "it must have been interrupted in many places: {polls}");
            break;
        }
        for receipt in run_all([first, withdraw()]) {
            assert_eq!(receipt.unwrap().value, 0, "after {polls} polls");
        }
        store.slow(0, 0);
        assert_eq!((folded(&engine, account), balance(&engine, account)), (0, Some((0, 2))));
    }
}

/// A connection that breaks after the commit: the key finds the answer. One that breaks before: it does not, and says so.
#[test]
fn an_unknown_outcome_is_settled_by_the_key() {
    for with_key in [true, false] {
        let (_, store, engine) = start();
        let account = open(&engine, "alice", 100);
        let deposit = |engine: &Engine| {
            let envelope = if with_key { Envelope::keyed("k") } else { Envelope::default() };
            run(engine.process_with(Deposit { account, amount: 5 }, envelope))
        };
        store.nth_commit(0, Fate::LostAfter, |commit| !commit.appends.is_empty());
        let receipt = deposit(&engine).unwrap();
        assert_eq!((store.met(), receipt.value, receipt.position, receipt.lagging), (1, 105, 2, vec![]));
        assert_eq!(balance(&engine, account), Some((105, 2)));
        // What is kept in memory is not what the failure left there.
        assert_eq!(run(engine.process(Deposit { account, amount: 1 })).unwrap().value, 106);

        store.nth_commit(0, Fate::LostBefore, |commit| !commit.appends.is_empty());
        // Lost before it happened: the store has nothing, and it is decided again.
        let envelope = if with_key { Envelope::keyed("second") } else { Envelope::default() };
        let receipt = run(engine.process_with(Deposit { account, amount: 5 }, envelope)).unwrap();
        assert_eq!((store.met(), receipt.value, receipt.position, receipt.lagging), (1, 111, 4, vec![]));
        if with_key {
            let receipt = keyed(&engine, "second", Deposit { account, amount: 5 }).unwrap();
            assert_eq!((receipt.value, receipt.position), (111, 4));
        }
        store.calm();
        assert_eq!(balance(&engine, account).unwrap().0, folded(&engine, account));
    }
}

#[test]
fn an_unknown_outcome_of_a_handler_with_a_context_is_settled_by_the_key() {
    let (_, store, engine) = start();
    let (from, to) = (open(&engine, "alice", 100), open(&engine, "bob", 0));
    let transfer = |key: &str| keyed(&engine, key, Transfer { from, to, amount: 10 });
    store.nth_commit(0, Fate::LostAfter, |commit| commit.appends.len() == 2);
    let _ = transfer("one").unwrap();
    assert_eq!(store.met(), 1);
    store.nth_commit(0, Fate::LostBefore, |commit| commit.appends.len() == 2);
    for _ in 0..2 {
        let _ = transfer("two").unwrap();
    }
    let _ = transfer("three").unwrap();
    assert_eq!((folded(&engine, from), folded(&engine, to)), (70, 30));
    assert_eq!(balance(&engine, to), Some((30, 4)));
}

/// The answer to "what became of it?" breaks, too.
#[test]
fn an_unknown_outcome_that_cannot_be_asked_about_stays_unknown() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let asked = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&asked);
    let mut lost = false;
    store.script(move |call| match call {
        Call::Commit(commit) if !commit.appends.is_empty() => {
            lost = true;
            Fate::LostAfter
        }
        Call::Settlement if lost => {
            heard.store(true, Ordering::SeqCst);
            Fate::Unavailable
        }
        _ => Fate::Happens,
    });
    let error = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap_err();
    let (kind, key) = (error.kind(), MessageId::named("k").to_string());
    assert_eq!((kind, error.to_string().contains(&key)), (ErrorKind::Unknown, true), "{error}");
    assert!(asked.load(Ordering::SeqCst));
    store.calm();
    let receipt = keyed(&engine, "k", Deposit { account, amount: 5 }).unwrap();
    assert_eq!((receipt.value, receipt.position, receipt.lagging), (105, 2, vec![]));
    assert_eq!(balance(&engine, account), Some((105, 2)));
}

#[test]
fn an_unknown_outcome_of_a_refusal_is_still_a_refusal() {
    let (_, store, engine) = start();
    let account = open(&engine, "alice", 100);
    store.nth_commit(0, Fate::LostAfter, |commit| commit.settlement.is_some());
    let refused = keyed(&engine, "k", Withdraw { account, amount: 500 }).unwrap_err();
    assert_eq!((store.met(), refused.kind()), (1, ErrorKind::Rejected), "{refused}");
}

/// The store answers after a while: it is asked again until then.
#[test]
fn an_unknown_outcome_is_asked_about_again() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let (_, store, engine) = start();
        let account = open(&engine, "alice", 100);
        let (mut lost, mut asked) = (false, 0);
        store.script(move |call| match call {
            Call::Commit(commit) if !commit.appends.is_empty() && !std::mem::replace(&mut lost, true) => fate,
            Call::Settlement if lost && asked < 3 => {
                asked += 1;
                Fate::Unavailable
            }
            _ => Fate::Happens,
        });
        let receipt = run(engine.process(Deposit { account, amount: 5 })).unwrap();
        assert_eq!((store.met(), receipt.value, receipt.lagging), (4, 105, vec![]), "{fate:?}");
        store.calm();
        assert_eq!((folded(&engine, account), balance(&engine, account)), (105, Some((105, 2))));
    }
}

/// The store has nothing when it is asked, and then the commit happens after all: wherever that meets the second attempt, there is
/// one effect and one answer, and nobody is told of a refusal that was his own doing.
#[test]
fn a_commit_that_happens_late_happens_once() {
    for (key, calls) in [Some("k"), None].into_iter().flat_map(|key| (0..6).map(move |calls| (key, calls))) {
        let (_, store, engine) = start();
        let account = open(&engine, "alice", 100);
        let (beneath, mut late, mut since) = (store.beneath(), None, 0);
        store.script(move |call| {
            match call {
                Call::Commit(commit) if late.is_none() && !commit.appends.is_empty() => {
                    late = Some(commit.clone());
                    return Fate::LostBefore;
                }
                // The one that asks what became of it.
                Call::Settlement if late.is_some() && since == 0 => since = 1,
                _ if since > 0 => {
                    since += 1;
                    if since == calls + 2 {
                        let _ = run(beneath.commit(late.clone().unwrap())).unwrap();
                    }
                }
                _ => {}
            }
            Fate::Happens
        });
        let envelope = key.map_or_else(Envelope::default, Envelope::keyed);
        let receipt = run(engine.process_with(Withdraw { account, amount: 100 }, envelope));
        store.calm();
        assert_eq!(receipt.unwrap().value, 0, "{key:?} {calls}");
        run(engine.settle()).unwrap();
        assert_eq!((folded(&engine, account), balance(&engine, account)), (0, Some((0, 2))));
    }
}
