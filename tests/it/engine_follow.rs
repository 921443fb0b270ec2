//! Following the log: what others write is handled, what is due is tried again, and it stops when it is told.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
};

use fidelis::{MemoryStore, prelude::*};

use crate::{
    history::{event, write},
    ledger::{BALANCES, Bench, Deposit, WATCHER, balance, folded, open},
    stepping::{Stepped, run},
    troubled::{Call, Fate, Troubled, log_of},
};

/// Something to be told that it is time to stop.
#[derive(Clone, Default)]
pub struct Signal(Arc<(AtomicBool, Mutex<Vec<Waker>>)>);

impl Signal {
    fn give(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.lock().unwrap().drain(..).for_each(Waker::wake);
    }

    pub fn given(&self) -> impl Future<Output = ()> + Send + use<> {
        let signal = self.clone();
        poll_fn(move |context| {
            signal.0.1.lock().unwrap().push(context.waker().clone());
            if signal.0.0.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
    }
}

/// Lets it do what it can; fails when it never comes to rest.
#[track_caller]
pub fn rest<F: Future>(following: &mut Stepped<F>) {
    for _ in 0..10_000 {
        if !following.is_woken() {
            return;
        }
        assert!(following.poll().is_pending(), "it was not told to stop");
    }
    panic!("it never rests");
}

fn deposit_of_others(store: &Troubled, account: Id<crate::ledger::Account>, cause: u128) -> u64 {
    write(&store.beneath(), &format!("ledger::account-{account}"), cause, [event("Ledger.Deposited.v1", r#"{"amount":7}"#)])
}

#[test]
fn what_others_write_is_handled() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    for number in 0..3 {
        let position = deposit_of_others(&store, account, 100 + number);
        assert!(following.is_woken());
        rest(&mut following);
        assert_eq!((store.checkpoint_of(BALANCES), store.checkpoint_of(WATCHER)), (position, position));
    }
    assert_eq!((balance(&engine, account), bench.seen.positions()), (Some((22, 4)), vec![1, 2, 3, 4]));
}

/// What a process writes and handles itself is no work for its follower.
#[test]
fn what_is_done_already_is_not_looked_at() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    let _ = run(engine.process(Deposit { account, amount: 1 })).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    store.script(move |call| {
        counted.fetch_add(usize::from(!matches!(call, Call::Wait)), Ordering::SeqCst);
        Fate::Happens
    });
    rest(&mut following);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_due_is_tried_again() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    bench.watcher.set(|_| Err(HandlerError::failed("not now")));
    assert_eq!(run(engine.process(Deposit { account, amount: 1 })).unwrap().lagging.len(), 1);
    rest(&mut following);
    bench.watcher.clear();
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1], "its time has not come");
    bench.clock.advance(SignedDuration::from_secs(1));
    assert!(following.is_woken(), "the clock woke it");
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1, 2]);
}

/// An engine that is gone has parked a message: nobody is told, and it is tried again all the same.
#[test]
fn what_others_have_parked_is_tried_again() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    bench.watcher.set(|_| Err(HandlerError::failed("not now")));
    {
        let gone = bench.start(store.clone());
        assert_eq!(run(gone.process(Deposit { account, amount: 1 })).unwrap().lagging.len(), 1);
    }
    bench.watcher.clear();
    rest(&mut following);
    bench.clock.advance(SignedDuration::from_secs(10));
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1, 2]);
    assert_eq!(run(engine.parked()).unwrap(), []);
}

#[test]
fn a_lost_hint_costs_time_and_nothing_else() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    store.deaf();
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    deposit_of_others(&store, account, 100);
    assert!(!following.is_woken());
    bench.clock.advance(SignedDuration::from_secs(9));
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1]);
    bench.clock.advance(SignedDuration::from_secs(1));
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1, 2]);
}

/// The store is away for a while: it is asked again after pauses that grow, and then all is done.
#[test]
fn it_heals_by_itself() {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let account = open(&engine, "alice", 1);
    let mut following = Stepped::new(engine.follow(Signal::default().given()));
    rest(&mut following);
    store.script(|_| Fate::Unavailable);
    deposit_of_others(&store, account, 100);
    rest(&mut following);
    for _ in 0..20 {
        bench.clock.advance(SignedDuration::from_secs(60));
        rest(&mut following);
    }
    assert!((10..=30).contains(&store.met()), "one attempt after each pause: {}", store.met());
    assert_eq!(bench.seen.positions(), [1]);
    store.calm();
    bench.clock.advance(SignedDuration::from_secs(60));
    rest(&mut following);
    assert_eq!((bench.seen.positions(), balance(&engine, account)), (vec![1, 2], Some((8, 2))));
    // And at once again, from then on.
    deposit_of_others(&store, account, 101);
    rest(&mut following);
    assert_eq!(bench.seen.positions(), [1, 2, 3]);
}

/// Told to stop at any of its polls, it ends what it is doing, begins nothing more, and nothing is lost.
#[test]
fn it_stops_when_it_is_told() {
    let mut midway = 0;
    for polls in 0.. {
        let (bench, store) = (Bench::default(), Troubled::default());
        let engine = bench.start(store.clone());
        let account = open(&engine, "alice", 1);
        for number in 0..30 {
            deposit_of_others(&store, account, 100 + number);
        }
        store.slow(1, 1);
        let signal = Signal::default();
        let mut following = Stepped::new(engine.follow(signal.given()));
        assert!((0..polls).all(|_| !following.is_woken() || following.poll().is_pending()), "it was not told to stop");
        let rests = !following.is_woken();
        let before = bench.seen.positions().len();
        signal.give();
        let mut more = 0;
        while following.poll().is_pending() {
            more += 1;
            assert!(more < 1_000, "it does not stop");
        }
        let seen = bench.seen.positions();
        midway += usize::from((2..31).contains(&seen.len()));
        assert!(rests || seen.len() - before <= 30, "a page at most");
        store.slow(0, 0);
        run(engine.settle()).unwrap();
        assert_eq!(bench.seen.positions(), (1..=31).collect::<Vec<_>>(), "each once, told after {polls} polls");
        if rests {
            assert!(polls > 20 && midway == 0 || midway > 0, "it must have been told at many places: {polls} {midway}");
            break;
        }
    }
}

/// Two processes follow while both write: every effect once, and no message is handed to one of them twice.
#[test]
fn two_that_follow_one_log() {
    const DEPOSITS: usize = 150;
    let store = MemoryStore::default();
    let benches = [Bench::default(), Bench::default()];
    let engines = [benches[0].start(store.clone()), benches[1].start(store.clone())];
    let accounts = [Id::named("one"), Id::named("two")];
    for (account, cause) in accounts.iter().zip(1..) {
        let opened = event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":0}"#);
        write(&store, &format!("ledger::account-{account}"), cause, [opened]);
    }
    let signal = Signal::default();
    std::thread::scope(|scope| {
        for engine in &engines {
            scope.spawn(|| fidelis::block_on(engine.follow(signal.given())));
        }
        let writers: Vec<_> = (0..2_u128)
            .map(|writer| {
                let (store, accounts) = (&store, &accounts);
                scope.spawn(move || {
                    for number in 0..DEPOSITS {
                        let stream = format!("ledger::account-{}", accounts[number % 2]);
                        let cause = 1_000 + writer * 1_000 + number as u128;
                        write(store, &stream, cause, [event("Ledger.Deposited.v1", r#"{"amount":1}"#)]);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        // Until both consumers have passed the end.
        let head = log_of(&store).len() as u64;
        for name in [BALANCES, WATCHER] {
            while fidelis::block_on(engines[0].store().checkpoint(name)).unwrap() < head {
                std::thread::yield_now();
            }
        }
        signal.give();
    });
    for account in accounts {
        let balance = balance(&engines[0], account).unwrap();
        assert_eq!(balance, (folded(&engines[0], account), DEPOSITS as i64 + 1), "no event was folded twice");
    }
    let mut handled: Vec<u64> = Vec::new();
    for bench in &benches {
        let mut seen = bench.seen.positions();
        let calls = seen.len();
        seen.dedup();
        assert_eq!(calls, seen.len(), "none twice by the same");
        handled.extend(seen);
    }
    let calls = handled.len();
    handled.sort_unstable();
    handled.dedup();
    assert_eq!(handled, (1..=(2 * DEPOSITS as u64 + 2)).collect::<Vec<_>>(), "every message was handled");
    assert!(calls <= 2 * handled.len(), "what is wasted is bounded");
}
