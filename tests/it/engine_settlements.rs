//! What commands were answered is forgotten after a time, and never before that, nor while somebody needs it.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
};

use fidelis::{
    Clock, Envelope, ManualClock, MemoryStore, MessageId, MessageKind, RetryPolicy, SignedDuration, Store, Waiting,
    prelude::*,
    process::{ProcessStatus, Transition},
};

use crate::{
    history::{Written, event, write},
    ledger::{Bench, Deposit, WATCHER, Withdraw, folded, open},
    process_steps::{Scene, builder, scene, stream},
    stepping::{Stepped, run},
    troubled::{Call, Fate, Troubled},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn known(store: &impl Store) -> usize {
    run(store.settlements(None, usize::MAX)).unwrap().len()
}

fn is_known(store: &impl Store, key: &str) -> bool {
    run(store.settlement(MessageId::named(key))).unwrap().is_some()
}

fn deposit(engine: &Engine, account: Id<crate::ledger::Account>, key: &str) -> i64 {
    run(engine.process_with(Deposit { account, amount: 1 }, Envelope::keyed(key))).unwrap().value
}

/// A bank on a clock that stands still.
fn bank(store: &Troubled) -> (Engine, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::default());
    (run(Bench::default().on(store.clone()).clock(Arc::clone(&clock)).start()).unwrap(), clock)
}

#[test]
fn what_is_older_than_the_retention_goes_and_nothing_younger() {
    let store = Troubled::default();
    let (engine, clock) = bank(&store);
    let account = open(&engine, "alice", 100);
    for day in 0..40 {
        assert_eq!(deposit(&engine, account, &format!("day {day}")), 101 + day);
        let _ = run(engine.process_with(Withdraw { account, amount: 1_000 }, Envelope::keyed(&format!("refused {day}"))))
            .unwrap_err();
        clock.advance(DAY);
    }
    // It is the morning of day 40. The deposit of day 10 is 30 days old; what was refused after it came before that of day 11.
    assert_eq!(run(engine.prune_settlements()).unwrap(), 1 + 10 + 10);
    for day in 0..40 {
        assert_eq!(is_known(&store, &format!("day {day}")), day >= 10, "day {day}");
        assert_eq!(is_known(&store, &format!("refused {day}")), day >= 10, "day {day}");
    }
    assert_eq!(run(engine.prune_settlements()).unwrap(), 0);
    // Within the retention the first answer, after it a new command.
    assert_eq!(deposit(&engine, account, "day 10"), 111);
    assert_eq!(deposit(&engine, account, "day 9"), 141);
    assert_eq!(deposit(&engine, account, "day 9"), 141);
    assert_eq!(folded(&engine, account), 141);
}

/// However late the clock of the machine: until there is a record that is as old, nobody can say that something else is.
#[test]
fn what_nothing_follows_stays() {
    let store = Troubled::default();
    let (engine, clock) = bank(&store);
    let account = open(&engine, "alice", 100);
    let _ = run(engine.process_with(Withdraw { account, amount: 1_000 }, Envelope::keyed("refused"))).unwrap_err();
    clock.advance(DAY * 100);
    assert_eq!(run(engine.prune_settlements()).unwrap(), 0);
    deposit(&engine, account, "later");
    assert_eq!(run(engine.prune_settlements()).unwrap(), 0);
    clock.advance(DAY * 31);
    // What was refused stands before a record that is 31 days old.
    assert_eq!(run(engine.prune_settlements()).unwrap(), 2);
    assert!(!is_known(&store, "refused") && is_known(&store, "later"));
}

#[test]
fn a_retention_that_is_too_short_is_refused_and_none_keeps_everything() {
    for (retention, fits) in [(SignedDuration::from_mins(59), false), (-DAY, false), (SignedDuration::from_hours(1), true)] {
        let started = run(Bench::default().on(MemoryStore::default()).keep_settlements(retention).start());
        match started {
            Ok(_) => assert!(fits, "{retention:#}"),
            Err(error) => assert!(!fits && error.kind() == ErrorKind::Invalid && error.to_string().contains("hour"), "{error}"),
        }
    }
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let builder = Bench::default().on(store.clone()).clock(Arc::clone(&clock)).keep_settlements_for_ever();
    let engine = run(builder.start()).unwrap();
    let account = open(&engine, "alice", 100);
    clock.advance(DAY * 10_000);
    deposit(&engine, account, "later");
    clock.advance(DAY * 10_000);
    assert_eq!((run(engine.prune_settlements()).unwrap(), known(&store)), (0, 2));
}

/// Many of them, in small commits; one that fails leaves nothing half done, and one whose outcome is lost does no harm.
#[test]
fn many_go_in_small_commits() {
    let store = Troubled::default();
    let (engine, clock) = bank(&store);
    let account = open(&engine, "alice", 100);
    for number in 0..700 {
        deposit(&engine, account, &format!("old {number}"));
    }
    clock.advance(DAY * 15);
    for number in 0..50 {
        deposit(&engine, account, &format!("young {number}"));
    }
    clock.advance(DAY * 20);
    let (most, commits) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = (Arc::clone(&most), Arc::clone(&commits));
    store.script(move |call| {
        let Call::Commit(commit) = call else { return Fate::Happens };
        counted.0.fetch_max(commit.pruned.len(), Ordering::Relaxed);
        match counted.1.fetch_add(1, Ordering::Relaxed) {
            1 => Fate::LostBefore,
            2 => Fate::LostAfter,
            4 => Fate::Unavailable,
            _ => Fate::Happens,
        }
    });
    assert_eq!(run(engine.prune_settlements()).unwrap_err().kind(), ErrorKind::Unavailable);
    store.calm();
    let left = known(&store);
    assert!(left > 51 && left < 751, "{left}");
    run(engine.prune_settlements()).unwrap();
    // The first of the young ones comes after what is old enough, and so does the last of the old ones.
    assert_eq!(known(&store), 51);
    assert!((0..50).all(|number| is_known(&store, &format!("young {number}"))));
    assert!(most.load(Ordering::Relaxed) <= 128 && commits.load(Ordering::Relaxed) > 4);
}

/// An engine that follows does it by itself, a little at a time.
#[test]
fn who_follows_forgets_by_itself() {
    let store = Troubled::default();
    let (engine, clock) = bank(&store);
    let account = open(&engine, "alice", 100);
    for number in 0..600 {
        deposit(&engine, account, &format!("old {number}"));
    }
    clock.advance(DAY * 31);
    deposit(&engine, account, "young");
    let stop = Arc::new(AtomicBool::new(false));
    let told = {
        let stop = Arc::clone(&stop);
        poll_fn(move |_| if stop.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending })
    };
    let mut following = Stepped::new(engine.follow(told));
    let mut polls = 0;
    let mut rest = || {
        while following.is_woken() {
            assert!(following.poll().is_pending());
            polls += 1;
            assert!(polls < 100_000, "it never rests");
        }
    };
    rest();
    assert_eq!(known(&store), 602, "one that starts has other things to do");
    let mut seen = vec![602];
    for _ in 0..600 {
        clock.advance(SignedDuration::from_millis(200));
        rest();
        seen.push(known(&store));
    }
    seen.dedup();
    assert_eq!(seen.last(), Some(&2));
    assert!(seen.len() > 2, "all at once: {seen:?}");
    // And again on another day.
    for _ in 0..40 {
        clock.advance(DAY);
        deposit(&engine, account, "other");
        for _ in 0..20 {
            clock.advance(SignedDuration::from_millis(200));
            rest();
        }
    }
    assert!(!is_known(&store, "young"));
}

/// A process has fallen behind, for longer than the retention: when it goes on, it does nothing twice.
#[test]
fn what_a_message_that_is_still_to_be_handled_led_to_stays() {
    let mut scene = Scene::on(Troubled::default());
    let (alice, bob) = (scene.open(100), scene.open(0));
    // The answer of the deposit is stored, and the step after it never is: so its process manager meets the deposit's step again.
    let count = Arc::new(Mutex::new(0));
    scene.store.script(move |call| match call {
        Call::Commit(commit) if commit.appends.iter().any(|append| append.stream == stream("t1")) => {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count > 2 { Fate::Unavailable } else { Fate::Happens }
        }
        _ => Fate::Happens,
    });
    let _ = scene.ask("t1", alice, bob, 60);
    scene.store.calm();
    assert_eq!((scene.balance(alice), scene.balance(bob)), (40, 60), "it is deposited");
    assert_eq!(scene.steps("t1").len(), 2, "and the process has not heard of it");
    let issued: Vec<_> = scene.steps("t1").iter().flat_map(|step| &step.issued).map(|command| command.id).collect();
    let answered = |scene: &Scene<Troubled>, id| run(scene.store.settlement(id)).unwrap().is_some();
    for _ in 0..3 {
        scene.clock.advance(DAY * 40);
        // A new engine each time, that does nothing else: the consumers stay where they are. Something else is written, by others.
        write(
            &scene.store.beneath(),
            "other::thing-1",
            u128::from(scene.clock.now().as_second() as u64),
            [event("Other.Happened.v1", "{}")],
        );
        scene.restart();
        run(scene.engine.prune_settlements()).unwrap();
        assert!(answered(&scene, issued[1]), "the deposit's answer is needed");
    }
    assert!(!answered(&scene, MessageId::named("nobody")));
    run(scene.engine.settle()).unwrap();
    assert_eq!((scene.balance(alice), scene.balance(bob)), (40, 60), "not deposited twice");
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed));
    // When all is over nothing of it is needed.
    scene.clock.advance(DAY * 40);
    scene.open(1);
    scene.clock.advance(DAY * 40);
    scene.open(1);
    run(scene.engine.prune_settlements()).unwrap();
    assert!(issued.iter().all(|id| !answered(&scene, *id)));
}

/// What a handler has not handled for good it may meet again, and issue the same commands under the same identities: nothing that was
/// settled since then may be forgotten, however old it is.
#[test]
fn what_is_settled_behind_a_message_that_a_handler_meets_again_stays() {
    for parked in [false, true] {
        let (store, bench) = (Troubled::default(), Bench::default());
        let retry = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
        let engine = bench.start_with(store.clone(), retry);
        let account = open(&engine, "alice", 100);
        deposit(&engine, account, "before");
        match parked {
            true => bench.watcher.set(|_| Err(HandlerError::failed("not today"))),
            false => store.script(|call| match call {
                Call::Commit(commit) if commit.checkpoints.iter().any(|moved| &*moved.subscription == WATCHER) => {
                    Fate::Unavailable
                }
                _ => Fate::Happens,
            }),
        }
        // At position 3: the watcher handles it again.
        deposit(&engine, account, "met again");
        bench.watcher.clear();
        assert_eq!(run(store.beneath().parked(WATCHER)).unwrap().len(), usize::from(parked));
        assert_eq!(store.checkpoint_of(WATCHER) < 3, !parked);
        bench.clock.advance(DAY);
        write(&store.beneath(), "other::thing-1", 99, [event("Other.Happened.v1", "{}")]);
        let _ = run(engine.process_with(Withdraw { account, amount: 1_000 }, Envelope::keyed("after"))).unwrap_err();
        bench.clock.advance(DAY * 1_000);
        let late = run(bench.on(store.clone()).start()).unwrap();
        assert_eq!(run(late.prune_settlements()).unwrap(), 2, "the opening and the deposit before it; parked: {parked}");
        assert!(!is_known(&store, "before") && is_known(&store, "met again") && is_known(&store, "after"));
        // When that is done it can go, too.
        store.calm();
        if parked {
            run(late.retry_parked(WATCHER, 3)).unwrap();
        }
        run(late.settle()).unwrap();
        run(late.prune_settlements()).unwrap();
        assert!(!is_known(&store, "met again"));
    }
}

/// Who looks at a process that waits is told what for, and not that it waits for commands that were answered long ago.
#[test]
fn what_an_unfinished_process_shows_stays() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(0));
    let _ = scene.ask("t1", alice, bob, 60).unwrap();
    // As if the last step had asked for something that nobody answers with an event: it stays open for a year.
    let step = scene.steps("t1")[1].clone();
    assert!(!step.issued.is_empty());
    let open = Transition { status: ProcessStatus::Running, ..step.clone() };
    let payload = serde_json::to_string(&open).unwrap();
    let record = Written { type_name: "Moving.MovingTransition.v1", kind: MessageKind::Transition, payload };
    write(&scene.store, stream("t1").as_str(), 99, [record]);
    let other = run(builder(scene.store.clone(), &scene.clock).start()).unwrap();
    run(other.settle()).unwrap();
    for _ in 0..12 {
        scene.clock.advance(DAY * 31);
        let _ = run(other.process(crate::process_bank::Open { amount: 1 })).unwrap();
        run(other.prune_settlements()).unwrap();
    }
    for command in &step.issued {
        assert!(run(scene.store.settlement(command.id)).unwrap().is_some(), "{}", command.name);
    }
    let waits_for = run(other.inspect_process(&stream("t1"), 1)).unwrap().waits_for;
    assert!(!waits_for.iter().any(|waiting| matches!(waiting, Waiting::Answer { .. })), "{waits_for:?}");
    assert!(known(&scene.store) <= step.issued.len() + 2, "all others are gone");
}
