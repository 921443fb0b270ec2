//! What consumers get: everything, in order, once in effect; and what they cannot handle stops nobody else.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fidelis::{RetryPolicy, prelude::*};

use crate::{
    history::{event, write},
    ledger::{Account, BALANCES, Balance, Bench, Deposit, DepositAll, WATCHER, balance, folded, open},
    stepping::run,
    troubled::{Call, Fate, Troubled, log_of},
};

fn start() -> (Bench, Troubled, Engine) {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    (bench, store, engine)
}

fn refuse(positions: &[u64]) -> impl FnMut(&Metadata) -> Result<(), HandlerError> + Send + 'static {
    let positions = positions.to_vec();
    move |meta| match positions.contains(&meta.global_position) {
        true => Err(HandlerError::failed("not this one")),
        false => Ok(()),
    }
}

fn lagging<T>(receipt: &fidelis::Receipt<T>) -> Vec<(&str, u64)> {
    receipt.lagging.iter().map(|lagging| (&*lagging.subscription, lagging.position)).collect()
}

#[test]
fn a_consumer_that_fails_is_named_and_stops_nobody() {
    for (failing, other) in [(BALANCES, WATCHER), (WATCHER, BALANCES)] {
        let (bench, store, engine) = start();
        let (alice, bob) = (open(&engine, "alice", 100), open(&engine, "bob", 100));
        let hook = if failing == BALANCES { &bench.balances } else { &bench.watcher };
        hook.set(refuse(&[3]));

        let receipt = run(engine.process(Deposit { account: alice, amount: 5 })).unwrap();
        assert_eq!((receipt.value, receipt.position), (105, 3), "the command is stored");
        assert_eq!(lagging(&receipt), [(failing, 3)]);
        assert!(receipt.lagging[0].error.contains("not this one"), "{:?}", receipt.lagging);
        assert_eq!(store.checkpoint_of(other), 3);
        assert_eq!(run(engine.load(alice)).unwrap().balance, 105);

        // The same stream waits, in order; the others flow.
        let receipt = run(engine.process(Deposit { account: alice, amount: 7 })).unwrap();
        assert_eq!(lagging(&receipt), [(failing, 4)]);
        assert!(receipt.lagging[0].error.contains("waits behind"), "{:?}", receipt.lagging);
        let receipt = run(engine.process(Deposit { account: bob, amount: 9 })).unwrap();
        assert_eq!(lagging(&receipt), []);
        let rows = (balance(&engine, alice), balance(&engine, bob));
        match failing {
            BALANCES => assert_eq!(rows, (Some((100, 1)), Some((109, 2)))),
            _ => assert_eq!(rows, (Some((112, 3)), Some((109, 2)))),
        }
        let seen: &[u64] = if failing == WATCHER { &[1, 2, 5] } else { &[1, 2, 3, 4, 5] };
        assert_eq!(bench.seen.positions(), seen);
        assert_eq!(store.checkpoint_of(failing), 5, "what is parked is not in the way");

        // When it can, it handles what waited, in order, and the next one at once.
        bench.clock.advance(SignedDuration::from_mins(1));
        hook.clear();
        let receipt = run(engine.process(Deposit { account: alice, amount: 1 })).unwrap();
        assert_eq!(lagging(&receipt), []);
        assert_eq!(balance(&engine, alice), Some((113, 4)));
        let seen: &[u64] = if failing == WATCHER { &[1, 2, 5, 3, 4, 6] } else { &[1, 2, 3, 4, 5, 6] };
        assert_eq!(bench.seen.positions(), seen);
    }
}

#[test]
fn a_command_with_several_events_says_which_of_them_wait() {
    let (bench, _, engine) = start();
    let account = open(&engine, "alice", 100);
    bench.watcher.set(refuse(&[3]));
    let receipt = run(engine.process(DepositAll { account, amounts: vec![1, 2, 3] })).unwrap();
    assert_eq!(receipt.position, 4);
    assert_eq!(lagging(&receipt), [(WATCHER, 3), (WATCHER, 4)]);
    assert_eq!(bench.seen.positions(), [1, 2]);
}

/// What consumers that come later find: accounts a, b, c and d, opened at 1 to 4, with a deposit of 1 to 5 each in turns.
fn written(store: &dyn fidelis::Store) -> [Id<Account>; 4] {
    let accounts = ["a", "b", "c", "d"].map(Id::<Account>::named);
    for account in accounts {
        let opened = event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":0}"#);
        write(store, &format!("ledger::account-{account}"), 1, [opened]);
    }
    for round in 1..=5 {
        for account in accounts {
            let deposited = event("Ledger.Deposited.v1", format!(r#"{{"amount":{round}}}"#));
            write(store, &format!("ledger::account-{account}"), round, [deposited]);
        }
    }
    accounts
}

#[test]
fn a_consumer_that_comes_later_begins_at_the_beginning() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let accounts = written(&store);
    let engine = bench.start(store.clone());
    assert!(bench.seen.positions().is_empty());
    // Whoever comes first waits for all of it.
    let receipt = run(engine.process(Deposit { account: accounts[0], amount: 100 })).unwrap();
    assert_eq!((receipt.value, lagging(&receipt)), (115, vec![]));
    assert_eq!(bench.seen.positions(), (1..=25).collect::<Vec<_>>());
    assert_eq!(balance(&engine, accounts[0]), Some((115, 7)));
    assert_eq!(balance(&engine, accounts[3]), Some((15, 6)));
}

fn parked(engine: &Engine) -> Vec<(u64, bool)> {
    run(engine.parked()).unwrap().iter().map(|parked| (parked.position, parked.failure.is_some())).collect()
}

/// A batch in which several streams fail at several places: each keeps its order, the rest is handled.
#[test]
fn a_batch_with_several_failing_streams() {
    for hook in [|bench: &Bench| bench.balances.clone(), |bench: &Bench| bench.watcher.clone()] {
        let (bench, store) = (Bench::default(), Troubled::default());
        let accounts = written(&store);
        let engine = bench.start(store.clone());
        // The opening of b, the third and fourth deposit of c, the last of a.
        hook(&bench).set(refuse(&[2, 15, 19, 21]));
        run(engine.settle()).unwrap();
        let of_b = [6, 10, 14, 18, 22].map(|position| (position, false));
        let mut expected = vec![(2, true), (15, true), (19, false), (21, true), (23, false)];
        expected.extend(of_b);
        expected.sort_unstable();
        assert_eq!(parked(&engine), expected);
        assert_eq!(balance(&engine, accounts[3]), Some((15, 6)));

        // Those that wait follow one after the other, as their predecessors succeed: 19 fails on its own, later.
        hook(&bench).set(refuse(&[19]));
        bench.clock.advance(SignedDuration::from_mins(1));
        run(engine.settle()).unwrap();
        assert_eq!(parked(&engine), [(19, true), (23, false)]);
        hook(&bench).clear();
        bench.clock.advance(SignedDuration::from_mins(1));
        run(engine.settle()).unwrap();
        assert_eq!(parked(&engine), []);

        let log = log_of(&store);
        for account in accounts {
            assert_eq!(balance(&engine, account), Some((15, 6)));
            let id = account.to_string();
            let mut seen = bench.seen.positions();
            seen.retain(|position| log[*position as usize - 1].metadata.stream.id() == id);
            assert_eq!(seen.len(), 6, "each once");
            assert!(seen.is_sorted(), "in order: {seen:?}");
        }
    }
}

/// Everything is refused: every stream's first message fails, the rest waits; and it does not take for ever.
#[test]
fn a_batch_in_which_everything_fails() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let accounts: Vec<_> = (0..900).map(|number| Id::<Account>::named(&format!("{number}"))).collect();
    for account in &accounts {
        let opened = event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":1}"#);
        write(&store, &format!("ledger::account-{account}"), 1, [opened]);
    }
    let engine = bench.start(store.clone());
    let called = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&called);
    bench.balances.set(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Err(HandlerError::failed("not now"))
    });
    run(engine.settle()).unwrap();
    assert_eq!(parked(&engine).len(), 900);
    assert_eq!(called.load(Ordering::SeqCst), 900, "each is tried once");
    assert_eq!(run(engine.query::<Balance>().count()).unwrap(), 0);
    bench.balances.clear();
    bench.clock.advance(SignedDuration::from_mins(1));
    run(engine.settle()).unwrap();
    assert_eq!(parked(&engine), []);
    assert_eq!(run(engine.query::<Balance>().count()).unwrap(), 900);
}

#[test]
fn a_command_that_writes_more_than_a_queue_holds() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = run(bench.on(store.clone()).without_snapshots().start()).unwrap();
    let account = open(&engine, "alice", 0);
    let other = open(&engine, "bob", 0);
    let reads = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&reads);
    store.script(move |call| {
        if let Call::Read = call {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        Fate::Happens
    });
    let receipt = run(engine.process(DepositAll { account, amounts: vec![1; 12_000] })).unwrap();
    assert_eq!((receipt.position, lagging(&receipt)), (12_002, vec![]));
    assert!(reads.load(Ordering::SeqCst) >= 12, "it fell behind, and read what it could not queue: {reads:?}");
    assert_eq!(bench.seen.positions(), (1..=12_002).collect::<Vec<_>>());
    assert_eq!(balance(&engine, account), Some((12_000, 12_001)));

    // And it has caught up: the next one comes by the queue again.
    let read = reads.load(Ordering::SeqCst);
    let _ = run(engine.process(Deposit { account: other, amount: 1 })).unwrap();
    assert_eq!(reads.load(Ordering::SeqCst), read);
    assert_eq!(bench.seen.positions().len(), 12_003);
}

/// The store fails one consumer, for as long as a test wants.
#[test]
fn a_store_that_fails_one_consumer_stops_no_other() {
    for (failing, other) in [(BALANCES, WATCHER), (WATCHER, BALANCES)] {
        let (bench, store, engine) = start();
        let account = open(&engine, "alice", 100);
        // The projector does not follow at once, so that both have work of their own.
        bench.balances.set(refuse(&[2, 3]));
        for position in [2, 3] {
            store.script(move |call| match call {
                Call::Commit(commit) if commit.checkpoints.iter().any(|moved| &*moved.subscription == failing) => {
                    Fate::Unavailable
                }
                _ => Fate::Happens,
            });
            let receipt = run(engine.process(Deposit { account, amount: 5 })).unwrap();
            assert_eq!((receipt.position, store.met()), (position, 1), "the command is stored");
            let named: Vec<_> = receipt.lagging.iter().filter(|lagging| &*lagging.subscription == failing).collect();
            assert_eq!(named.len(), 1, "{:?}", receipt.lagging);
            assert!(named[0].error.contains("cannot be reached"), "{named:?}");
            assert_eq!((store.checkpoint_of(failing), store.checkpoint_of(other)), (1, position));
            assert_eq!(run(engine.settle()).unwrap_err().kind(), ErrorKind::Unavailable);
        }
        store.calm();
        bench.balances.clear();
        bench.clock.advance(SignedDuration::from_mins(1));
        run(engine.settle()).unwrap();
        assert_eq!(balance(&engine, account), Some((110, 3)));
        assert_eq!(parked(&engine), []);
    }
}

#[test]
fn a_store_that_fails_altogether_makes_consumers_lag_and_no_command_fail() {
    let (bench, store, engine) = start();
    let account = open(&engine, "alice", 100);
    let mut stored = false;
    store.script(move |call| match call {
        Call::Commit(commit) if !stored && !commit.appends.is_empty() => {
            stored = true;
            Fate::Happens
        }
        _ if stored => Fate::Unavailable,
        _ => Fate::Happens,
    });
    let receipt = run(engine.process(Deposit { account, amount: 5 })).unwrap();
    assert_eq!((receipt.value, receipt.position), (105, 2));
    assert_eq!(lagging(&receipt), [(WATCHER, 2)]);
    assert!(store.met() > 0);
    store.calm();
    run(engine.settle()).unwrap();
    assert_eq!((bench.seen.positions(), folded(&engine, account)), (vec![1, 2], 105));
}

/// A checkpoint whose commit's outcome is not known: handled twice at most outside, once in effect here.
#[test]
fn a_consumers_commit_with_an_unknown_outcome() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let (bench, store, engine) = start();
        let account = open(&engine, "alice", 100);
        for (position, consumer) in [(2, BALANCES), (3, WATCHER)] {
            if consumer == BALANCES {
                // Not within the commit, but on its own: refused once, then it works.
                let mut first = true;
                bench.balances.set(move |_| match std::mem::take(&mut first) {
                    true => Err(HandlerError::failed("not within the commit")),
                    false => Ok(()),
                });
            }
            store.nth_commit(0, fate, move |commit| commit.checkpoints.iter().any(|moved| &*moved.subscription == consumer));
            let receipt = run(engine.process(Deposit { account, amount: 5 })).unwrap();
            assert_eq!((receipt.position, store.met()), (position, 1));
            assert_eq!(receipt.lagging.len(), 1, "{:?}", receipt.lagging);
            run(engine.settle()).unwrap();
            assert_eq!(
                balance(&engine, account),
                Some((95 + 5 * i64::try_from(position).unwrap(), i64::try_from(position).unwrap()))
            );
            assert_eq!(parked(&engine), []);
        }
        let seen = bench.seen.positions();
        match fate {
            Fate::LostAfter => assert_eq!(seen, [1, 2, 3], "its checkpoint says that it was handled"),
            _ => assert_eq!(seen, [1, 2, 3, 3]),
        }
    }
}

/// A message that is parked by a commit whose outcome is not known still holds back what follows it.
#[test]
fn a_message_parked_without_a_word_holds_back_what_follows() {
    for hook in [|bench: &Bench| bench.balances.clone(), |bench: &Bench| bench.watcher.clone()] {
        let (bench, store, engine) = start();
        let account = open(&engine, "alice", 100);
        hook(&bench).set(refuse(&[2]));
        store.nth_commit(0, Fate::LostAfter, |commit| !commit.parked.is_empty());
        let _ = run(engine.process(Deposit { account, amount: 5 })).unwrap();
        assert_eq!(store.met(), 1);
        let receipt = run(engine.process(Deposit { account, amount: 7 })).unwrap();
        assert_eq!(receipt.lagging.len(), 1, "{:?}", receipt.lagging);
        assert_eq!(parked(&engine), [(2, true), (3, false)]);
        hook(&bench).clear();
        bench.clock.advance(SignedDuration::from_mins(1));
        run(engine.settle()).unwrap();
        assert_eq!((bench.seen.positions(), balance(&engine, account)), (vec![1, 2, 3], Some((112, 3))));
    }
}

/// What cannot be decoded names its place, and waits for a person.
#[test]
fn a_message_that_cannot_be_read_is_set_aside() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let account = Id::<Account>::named("a");
    let stream = format!("ledger::account-{account}");
    write(&store, &stream, 1, [event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":1}"#)]);
    write(&store, &stream, 2, [event("Ledger.Deposited.v1", r#"{"amount":"much"}"#)]);
    let engine = bench.start(store.clone());
    let other = open(&engine, "bob", 1);
    assert_eq!(balance(&engine, other), Some((1, 1)));
    let waiting = run(engine.parked()).unwrap();
    assert_eq!(waiting.iter().map(|parked| &*parked.subscription).collect::<Vec<_>>(), [BALANCES, WATCHER]);
    for parked in waiting {
        let error = parked.failure.unwrap().error;
        assert!(error.contains("position 1 of") && error.contains(&stream) && error.contains("Ledger.Deposited.v1"), "{error}");
        assert!(error.contains("amount"), "{error}");
    }
}

#[test]
fn a_policy_of_one_attempt_parks_at_once() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start_with(store.clone(), RetryPolicy { attempts: 1, ..RetryPolicy::default() });
    let account = open(&engine, "alice", 100);
    bench.watcher.set(refuse(&[2]));
    let _ = run(engine.process(Deposit { account, amount: 5 })).unwrap();
    bench.watcher.clear();
    bench.clock.advance(SignedDuration::from_hours(1));
    run(engine.settle()).unwrap();
    let waiting = run(engine.parked()).unwrap();
    assert_eq!(waiting[0].failure.as_ref().map(|failure| (failure.attempts, failure.next)), Some((1, None)));
}
