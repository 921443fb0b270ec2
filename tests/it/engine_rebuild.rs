//! Making a read model again: the same rows, whole at every moment, and nothing lost on the way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fidelis::{
    MemoryStore, MessageId, Origin, Store,
    prelude::*,
    store::{Commit, RowChange, TableChange},
};

use crate::{
    history::{event, write},
    ledger::{Account, BALANCES, Balance, Bench, Deposit, Withdraw, balance, folded, open},
    stepping::{Stepped, run, run_all},
    troubled::{Call, Fate, Troubled, log_of},
};

fn rows(engine: &Engine) -> Vec<Balance> {
    run(engine.query::<Balance>().order_by(Balance::ACCOUNT.ascending()).all()).unwrap()
}

/// A ledger in which something has happened.
fn start() -> (Bench, Troubled, Engine, Vec<Id<Account>>) {
    let (bench, store) = (Bench::default(), Troubled::default());
    let engine = bench.start(store.clone());
    let accounts: Vec<_> = (1..=9).map(|number| open(&engine, "somebody", number)).collect();
    for account in &accounts {
        let _ = run(engine.process(Deposit { account: *account, amount: 100 })).unwrap();
        let _ = run(engine.process(Withdraw { account: *account, amount: 1 })).unwrap();
    }
    (bench, store, engine, accounts)
}

#[test]
fn it_equals_what_was_there() {
    let (bench, _, engine, _) = start();
    let before = rows(&engine);
    assert_eq!(before.len(), 9);
    for _ in 0..2 {
        assert_eq!(run(engine.rebuild::<Balance>()).unwrap(), 27);
        assert_eq!(rows(&engine), before);
    }
    assert_eq!(bench.seen.positions().len(), 27, "other consumers are not asked again");
}

#[test]
fn it_is_made_from_the_log_and_nothing_else() {
    let (bench, _, engine, accounts) = start();
    let before = rows(&engine);
    // A projector that went wrong for a while.
    bench.balances.set(|_| Err(HandlerError::failed("not now")));
    let _ = run(engine.process(Deposit { account: accounts[0], amount: 5 })).unwrap();
    let _ = run(engine.process(Deposit { account: accounts[0], amount: 6 })).unwrap();
    assert_eq!(run(engine.parked()).unwrap().len(), 2);
    bench.balances.clear();
    assert_eq!(run(engine.rebuild::<Balance>()).unwrap(), 29);
    assert_eq!(run(engine.parked()).unwrap(), [], "what was parked is part of it");
    assert_eq!(balance(&engine, accounts[0]), Some((111, 5)));
    assert_eq!(rows(&engine).iter().filter(|row| !before.contains(row)).count(), 1);
    bench.clock.advance(SignedDuration::from_hours(1));
    run(engine.settle()).unwrap();
    assert_eq!(balance(&engine, accounts[0]), Some((111, 5)), "and not handled a second time");
    let receipt = run(engine.process(Deposit { account: accounts[0], amount: 1 })).unwrap();
    assert_eq!((receipt.lagging, balance(&engine, accounts[0])), (vec![], Some((112, 6))));
}

#[test]
fn an_empty_one_stays_empty() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    assert_eq!(run(engine.rebuild::<Balance>()).unwrap(), 0);
    let account = open(&engine, "alice", 1);
    assert_eq!(balance(&engine, account), Some((1, 1)));
}

#[test]
fn one_that_nobody_writes_is_refused() {
    let bench = Bench::default();
    let engine = bench.start(MemoryStore::default());
    let error = run(engine.rebuild::<Orphan>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("orphan") && error.to_string().contains("ledger"), "{error}");
}

#[projection]
pub struct Orphan {
    #[identifier]
    pub account: Id<Account>,
}

#[test]
fn one_that_fails_leaves_the_old_one() {
    let (bench, store, engine, accounts) = start();
    let before = rows(&engine);
    bench.balances.set(|meta| match meta.global_position {
        17 => Err(HandlerError::failed("not this one")),
        _ => Ok(()),
    });
    let error = run(engine.rebuild::<Balance>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
    let text = error.to_string();
    assert!(text.contains(BALANCES) && text.contains("position 17") && text.contains("not this one"), "{text}");
    assert_eq!(rows(&engine), before);
    assert_eq!(run(engine.parked()).unwrap(), []);

    // The store, too, may fail at any of its calls.
    bench.balances.clear();
    let mut failed = 0;
    for nth in 0.. {
        let mut calls = 0;
        store.script(move |_| {
            calls += 1;
            if calls == nth + 1 { Fate::Unavailable } else { Fate::Happens }
        });
        let rebuilt = run(engine.rebuild::<Balance>());
        let met = store.met();
        store.calm();
        assert_eq!(rows(&engine), before, "at call {nth}");
        if met == 0 {
            assert_eq!(rebuilt.unwrap(), 27);
            break;
        }
        failed += usize::from(rebuilt.is_err());
    }
    assert!(failed > 5, "it must have failed in many places: {failed}");

    let receipt = run(engine.process(Deposit { account: accounts[0], amount: 1 })).unwrap();
    assert_eq!((receipt.lagging, balance(&engine, accounts[0])), (vec![], Some((101, 4))));
}

#[test]
fn one_whose_commits_are_unknown_is_the_old_or_the_new_one() {
    for (fate, nth) in [Fate::LostBefore, Fate::LostAfter].into_iter().flat_map(|fate| (0..3).map(move |nth| (fate, nth))) {
        let (_, store, engine, accounts) = start();
        let before = rows(&engine);
        store.nth_commit(nth, fate, |_| true);
        let error = run(engine.rebuild::<Balance>()).unwrap_err();
        assert_eq!((store.met(), error.kind()), (1, ErrorKind::Unknown), "{fate:?} {nth}");
        assert_eq!(rows(&engine), before);
        let receipt = run(engine.process(Deposit { account: accounts[0], amount: 1 })).unwrap();
        assert_eq!((receipt.lagging, balance(&engine, accounts[0])), (vec![], Some((101, 4))), "{fate:?} {nth}");
        assert_eq!(run(engine.rebuild::<Balance>()).unwrap(), 28);
        assert_eq!(balance(&engine, accounts[0]), Some((101, 4)));
    }
}

/// Deposits at every step of a rebuild: none is lost, none counted twice.
#[test]
fn deposits_in_the_middle_are_not_lost() {
    for at in 0.. {
        let (_, store, engine, accounts) = start();
        store.slow(1, 0);
        let mut rebuild = Stepped::new(Box::pin(engine.rebuild::<Balance>()) as Boxed<'_>);
        let done = rebuild.poll_times(at).is_ready();
        // Two from the same engine, which wait for the consumer; both must come to an end, and the rebuild, too.
        let deposits = accounts[..2].iter().map(|account| {
            let deposit = engine.process(Deposit { account: *account, amount: 7 });
            Stepped::new(Box::pin(async move { deposit.await.map(|receipt| receipt.lagging.len() as u64) }) as Boxed<'_>)
        });
        let mut all: Vec<_> = deposits.collect();
        if !done {
            all.push(rebuild);
        }
        let results = run_all(all);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!((results[0].as_ref().ok(), results[1].as_ref().ok()), (Some(&0), Some(&0)), "nobody lags");
        store.slow(0, 0);
        for account in &accounts {
            assert_eq!(balance(&engine, *account).unwrap().0, folded(&engine, *account), "at poll {at}");
        }
        if done {
            assert!(at > 8, "it must have been met in many places: {at}");
            break;
        }
    }
}

type Boxed<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u64, Error>> + 'a>>;

/// Whenever the rebuild wants to take its place, somebody has written again: it comes to its end all the same.
#[test]
fn one_that_others_never_leave_alone_comes_to_its_end() {
    let (bench, store, engine, accounts) = start();
    let other = bench.start(store.beneath());
    let (account, promotions) = (accounts[3], std::sync::Arc::new(AtomicU64::new(0)));
    let (writing, count) = (other.clone(), std::sync::Arc::clone(&promotions));
    store.script(move |call| {
        if let Call::Commit(commit) = call
            && let [TableChange::Promote(_)] = &commit.tables[..]
        {
            count.fetch_add(1, Ordering::SeqCst);
            let receipt = run(writing.process(Deposit { account, amount: 1 })).unwrap();
            assert_eq!(receipt.lagging, []);
        }
        Fate::Happens
    });
    let folded_in_all = run(engine.rebuild::<Balance>()).unwrap();
    store.calm();
    let promotions = promotions.load(Ordering::SeqCst);
    assert!(promotions > 3, "it must have been refused first: {promotions}");
    assert_eq!(folded_in_all, 27 + promotions - 1, "all but what came last was in it when it took its place");
    for account in accounts {
        assert_eq!(balance(&engine, account).unwrap().0, folded(&engine, account), "and that was added at once");
    }
    assert_eq!(store.checkpoint_of(BALANCES), 27 + promotions);
    let receipt = run(other.process(Deposit { account, amount: 1 })).unwrap();
    assert_eq!((receipt.lagging, balance(&engine, account)), (vec![], Some((folded(&engine, account), 4 + promotions as i64))));
}

/// What another engine has read of the old rows it must not write into the new ones, wherever the two meet.
#[test]
fn rows_read_before_are_not_written_afterwards() {
    let mut met = 0;
    for (rebuilding, folding) in (0..30).flat_map(|one| (0..30).map(move |other| (one, other))) {
        let (bench, store, engine, accounts) = start();
        let other = bench.start(store.clone());
        let account = accounts[0];
        // A row that is wrong: what a rebuild is there for.
        let wrong = Balance { account, amount: 5_000, moves: 3 };
        let origin = Origin {
            correlation_id: MessageId::named("by hand"),
            causation_id: None,
            process: None,
            priority: 0,
            extensions: None,
        };
        let mut commit = Commit::new(Timestamp::UNIX_EPOCH, origin);
        commit.rows.push(RowChange::Put { table: Balance::TABLE, row: wrong.into_row(), staged: false });
        let _ = run(store.beneath().commit(commit)).unwrap();

        let reading = bench.start(store.beneath());
        store.slow(1, 1);
        let mut rebuild = Stepped::new(Box::pin(engine.rebuild::<Balance>()) as Boxed<'_>);
        if rebuild.poll_times(rebuilding).is_ready() {
            break;
        }
        let stream = format!("ledger::account-{account}");
        let position = write(&store.beneath(), &stream, 7, [event("Ledger.Deposited.v1", r#"{"amount":1}"#)]);
        let mut settle = Stepped::new(Box::pin(async { other.settle().await.map(|()| 0_u64) }) as Boxed<'_>);
        let settled = settle.poll_times(folding).is_ready();
        met += usize::from(!settled);
        // The new one takes its place, then the other goes on, and then the rebuild.
        while balance(&reading, account) == Some((5_000, 3)) && rebuild.poll_times(1).is_pending() {}
        let others = if settled { Vec::new() } else { vec![settle] };
        for done in run_all(others.into_iter().chain([rebuild])) {
            assert!(done.is_ok(), "{done:?}");
        }
        store.slow(0, 0);
        run(engine.settle()).unwrap();
        assert_eq!(balance(&engine, account), Some((101, 4)), "after {rebuilding} and {folding} polls");
        assert_eq!(store.checkpoint_of(BALANCES), position);
    }
    assert!(met > 50, "they must have met in many places: {met}");
}

/// Two engines rebuild the same read model on one store: one of them may be told to try again, and the rows are whole.
#[test]
fn two_at_once() {
    let (mut both, mut one) = (0, 0);
    for (head_start, page) in (0..40).flat_map(|start| [(start, 5), (start, usize::MAX)]) {
        let (bench, store, engine, accounts) = start();
        let other = bench.start(store.clone());
        let before = rows(&engine);
        store.short_pages(page);
        store.slow(1, 1);
        let mut first = Stepped::new(Box::pin(engine.rebuild::<Balance>()) as Boxed<'_>);
        if first.poll_times(head_start).is_ready() {
            continue;
        }
        let second = Stepped::new(Box::pin(other.rebuild::<Balance>()) as Boxed<'_>);
        let results = run_all([first, second]);
        store.slow(0, 0);
        let succeeded = results.iter().filter(|result| result.is_ok()).count();
        assert!(succeeded > 0, "one of them succeeds: {results:?}");
        for result in results {
            assert!(
                result.as_ref().map_or_else(|error| error.kind() == ErrorKind::Conflict, |folded| *folded == 27),
                "{result:?}"
            );
        }
        *(if succeeded == 2 { &mut both } else { &mut one }) += 1;
        assert_eq!(rows(&engine), before, "with a head start of {head_start} polls");
        let _ = run(other.process(Deposit { account: accounts[0], amount: 1 })).unwrap();
        assert_eq!(balance(&engine, accounts[0]), Some((101, 4)));
    }
    assert!(both > 0 && one > 0, "both must have happened: {both} {one}");
}

/// Threads deposit and read while others rebuild: readers never see half of one.
#[test]
fn under_load() {
    let (bench, store) = (Bench::default(), MemoryStore::default());
    // Enough to take more than one page.
    let accounts: Vec<_> = (0..300).map(|number| Id::<Account>::named(&format!("{number}"))).collect();
    for account in &accounts {
        let opened = event("Ledger.Opened.v1", r#"{"owner":"somebody","amount":0}"#);
        write(&store, &format!("ledger::account-{account}"), 1, [opened]);
    }
    let engine = bench.start(store.clone());
    run(engine.settle()).unwrap();
    let (stop, counts) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                assert_eq!(fidelis::block_on(engine.query::<Balance>().count()).unwrap(), 300, "half a read model");
                counts.fetch_add(1, Ordering::SeqCst);
            }
        });
        let writers: Vec<_> = (0..2)
            .map(|thread| {
                let (engine, accounts) = (&engine, &accounts);
                scope.spawn(move || {
                    for round in 0..200 {
                        let account = accounts[(round * 7 + thread) % accounts.len()];
                        let receipt = fidelis::block_on(engine.process(Deposit { account, amount: 1 })).unwrap();
                        assert_eq!(receipt.lagging, []);
                    }
                })
            })
            .collect();
        for _ in 0..10 {
            assert!(fidelis::block_on(engine.rebuild::<Balance>()).unwrap() >= 300);
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        stop.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
    assert!(counts.load(Ordering::SeqCst) > 10, "somebody must have read: {counts:?}");
    for account in &accounts {
        assert_eq!(balance(&engine, *account).unwrap().0, folded(&engine, *account));
    }
    let total: i64 = rows(&engine).iter().map(|row| row.amount).sum();
    assert_eq!((total, log_of(&store).len()), (400, 700));
}

/// A rebuild that was given up in the middle leaves nothing that disturbs the next one.
#[test]
fn one_that_was_given_up_does_not_disturb_the_next() {
    let (_, store, engine, _) = start();
    let before = rows(&engine);
    store.short_pages(5);
    store.slow(1, 1);
    for polls in 0..40 {
        let mut rebuild = Stepped::new(engine.rebuild::<Balance>());
        let _ = rebuild.poll_times(polls);
        drop(rebuild);
        assert_eq!(rows(&engine), before);
    }
    assert_eq!(run(engine.rebuild::<Balance>()).unwrap(), 27);
    assert_eq!(rows(&engine), before);
}
