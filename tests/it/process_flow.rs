//! Many processes at the same time: their steps go to the store together, and nothing of what holds for one of them is lost.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use fidelis::{MessageKind, SignedDuration, prelude::*, process::ProcessStatus, store::Commit};

use crate::{
    process_bank::{Account, Ask, Freeze, Urge},
    process_engines::assert_each_cause_once,
    process_steps::{Scene, builder},
    stepping::{Stepped, run, run_all},
    troubled::{Call, Fate, Troubled, log_of},
};

/// How many transfers are in flight.
const MANY: usize = 20;

/// Asks for transfers at the same time; none of them sees trouble of its own.
fn ask_all(scene: &Scene<Troubled>, alice: Id<Account>, bob: Id<Account>, count: usize) {
    let asks = (0..count).map(|index| {
        let engine = scene.engine.clone();
        let transfer = format!("t{index}");
        let (from, to) = if index % 2 == 0 { (alice, bob) } else { (bob, alice) };
        Stepped::new(async move {
            engine.process(Ask { id: Id::named(&transfer), transfer, from, to, amount: 20 + index as i64 }).await
        })
    });
    for asked in run_all(asks) {
        let _ = asked.unwrap();
    }
}

/// All have ended once, and the money is where it belongs.
#[track_caller]
fn assert_all_ended(scene: &Scene<Troubled>, alice: Id<Account>, bob: Id<Account>, count: usize) {
    for index in 0..count {
        assert_eq!(scene.names(&format!("t{index}")), ["on_asked", "on_withdrawn", "on_deposited", "on_settled"], "t{index}");
        assert_eq!(scene.status(&format!("t{index}")), Some(ProcessStatus::Completed), "t{index}");
    }
    let moved: i64 = (0..count as i64).map(|index| if index % 2 == 0 { -20 - index } else { 20 + index }).sum();
    assert_eq!((scene.balance(alice), scene.balance(bob)), (1_000 + moved, 1_000 - moved));
    assert_each_cause_once(&scene.engine);
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
}

#[test]
fn steps_of_different_processes_are_stored_together() {
    let store = Troubled::default();
    let scene = Scene::on(store.clone());
    let (alice, bob) = (scene.open(1_000), scene.open(1_000));
    store.slow(50, 50);
    ask_all(&scene, alice, bob, MANY);
    store.slow(0, 0);
    assert_all_ended(&scene, alice, bob, MANY);
    assert!(store.most_steps_at_once() > MANY / 2, "{} steps at once", store.most_steps_at_once());
}

/// Who waits for a connection waits for all who asked before, and they go on only if they are polled beside him: commands that are
/// out, and a process that is read because it is not in memory.
#[test]
fn a_process_is_read_while_the_commands_of_others_are_out() {
    for slow in 0..3 {
        let store = Troubled::default();
        let mut scene = Scene::on(store.clone());
        let (alice, bob) = (scene.open(1_000), scene.open(1_000));
        // It waits for a person: its deposit was refused, and giving back, too.
        let (carol, frozen) = (scene.open(77), scene.open(0));
        let _ = run(scene.engine.process(Freeze { account: frozen, frozen: true })).unwrap();
        let _ = scene.ask("waits", carol, frozen, 77).unwrap();
        assert_eq!(scene.status("waits"), Some(ProcessStatus::NeedsPerson));
        // The log is to have what this process turns to next, and then the commands of all others: it is cut off in between.
        let stops_at = |step: &'static str| {
            let refuses = move |call: Call<'_>| match call {
                Call::Commit(commit) => {
                    let mut records = commit.appends.iter().flat_map(|append| &append.records);
                    records.any(|record| record.kind == MessageKind::Transition && record.payload.contains(step))
                }
                _ => false,
            };
            store.script(move |call| if refuses(call) { Fate::Unavailable } else { Fate::Happens });
        };
        stops_at("\"step\":\"on_");
        ask_all(&scene, alice, bob, MANY);
        let _ = run(scene.engine.process(Urge { transfer: "waits".into() })).unwrap();
        stops_at("\"step\":\"on_urged\"");
        assert_eq!(run(scene.engine.settle()).unwrap_err().kind(), ErrorKind::Unavailable);
        store.calm();
        let log = log_of(scene.engine.store());
        let last: Vec<_> = log.iter().rev().take(MANY + 1).map(|record| record.metadata.kind).collect();
        assert_eq!((&last[..MANY], last[MANY]), (&[MessageKind::Transition; MANY][..], MessageKind::Event));
        scene.restart();
        store.slow(slow, slow);
        store.in_turns();
        let engine = scene.engine.clone();
        for settled in run_all([Stepped::new(async move { engine.settle().await })]) {
            settled.unwrap();
        }
        store.slow(0, 0);
        assert_eq!(scene.steps("waits").last().unwrap().step, "on_urged");
        assert_all_ended(&scene, alice, bob, MANY);
    }
}

fn is_issued(commit: &Commit) -> bool {
    commit.settlement.is_some() && commit.origin.process.is_some()
}

fn is_step(commit: &Commit) -> bool {
    commit.appends.iter().any(|append| append.stream.category() == "moving::moving")
}

/// Transfers from accounts of their own have begun, one of their commands fails, and whoever waits for a connection waits for all who asked before:
/// just before the failure is noted, while the other commands are out, another engine does everything.
fn another_engine_is_faster(slow: usize) {
    let store = Troubled::default();
    let mut scene = Scene::on(store.clone());
    let (sources, bob) = ((0..MANY).map(|_| scene.open(100)).collect::<Vec<_>>(), scene.open(0));
    store.script(|call| if matches!(call, Call::Commit(commit) if is_step(commit)) { Fate::Unavailable } else { Fate::Happens });
    for (index, source) in sources.iter().enumerate() {
        let _ = scene.ask(&format!("t{index}"), *source, bob, 20).unwrap();
    }
    store.script(|call| match call {
        Call::Commit(commit) if is_issued(commit) || !commit.parked.is_empty() => Fate::Unavailable,
        _ => Fate::Happens,
    });
    assert_eq!(run(scene.engine.settle()).unwrap_err().kind(), ErrorKind::Unavailable);
    store.calm();
    scene.restart();
    let other = run(builder(store.beneath(), &scene.clock).start()).unwrap();
    let (mut failed, overtaken) = (false, Arc::new(AtomicBool::new(false)));
    let met = Arc::clone(&overtaken);
    store.script(move |call| match call {
        Call::Commit(commit) if is_issued(commit) && !std::mem::replace(&mut failed, true) => Fate::Unavailable,
        Call::Commit(commit) if !commit.parked.is_empty() && !met.swap(true, Ordering::SeqCst) => {
            run(other.settle()).unwrap();
            Fate::Happens
        }
        _ => Fate::Happens,
    });
    store.slow(slow, slow);
    store.in_turns();
    let engine = scene.engine.clone();
    for settled in run_all([Stepped::new(async move { engine.settle().await })]) {
        settled.unwrap();
    }
    store.slow(0, 0);
    assert!(overtaken.load(Ordering::SeqCst));
    for index in 0..MANY {
        assert_eq!(scene.status(&format!("t{index}")), Some(ProcessStatus::Completed), "t{index}");
    }
    assert_eq!(scene.balance(bob), 20 * MANY as i64);
    assert_each_cause_once(&scene.engine);
}

/// Who finds that somebody else does its work asks the store where that is: the commands that were out when it was found are no longer, or
/// it would wait for them, and nobody would go on with them.
#[test]
fn a_checkpoint_that_is_lost_while_commands_are_out_is_read_again() {
    for slow in 0..6 {
        another_engine_is_faster(slow);
    }
}

/// Whatever becomes of one step among many that are handed over together, all of them happen, once.
#[test]
fn a_step_that_is_lost_among_many_costs_none_of_them() {
    for fate in [Fate::Unavailable, Fate::LostBefore, Fate::LostAfter] {
        let mut met = 0;
        for nth in 0.. {
            let store = Troubled::default();
            let mut scene = Scene::on(store.clone());
            let (alice, bob) = (scene.open(1_000), scene.open(1_000));
            store.slow(1, 1);
            store.nth_commit(nth, fate, is_step);
            ask_all(&scene, alice, bob, 6);
            let was_met = store.met() > 0;
            store.calm();
            store.slow(0, 0);
            // As after a crash: what stands in memory is forgotten.
            if nth % 2 == 0 {
                scene.restart();
            }
            run(scene.engine.settle()).unwrap();
            assert_all_ended(&scene, alice, bob, 6);
            if !was_met {
                break;
            }
            met += 1;
        }
        assert!(met >= 24, "{met} steps were lost");
    }
}

/// A commit whose answer is lost is waited for like any other: who is told that nobody lags finds everything done.
#[test]
fn who_is_told_that_nobody_lags_finds_everything_done() {
    for (fate, nth) in [Fate::LostAfter, Fate::LostBefore].into_iter().flat_map(|fate| (0..8).map(move |nth| (fate, nth))) {
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let (alice, bob) = (scene.open(1_000), scene.open(1_000));
        store.nth_commit(nth, fate, |_| true);
        let lagging = scene.ask("t0", alice, bob, 20).unwrap();
        assert_eq!(store.met(), 1);
        store.calm();
        if lagging.is_empty() {
            assert_eq!(scene.status("t0"), Some(ProcessStatus::Completed), "{fate:?}, {nth}: {:?}", scene.names("t0"));
        }
        run(scene.engine.settle()).unwrap();
        assert_all_ended(&scene, alice, bob, 1);
    }
}

/// A step that somebody else has made for one of many stops those behind it, and they are handed over again.
#[test]
fn a_process_that_is_overtaken_among_many_decides_again() {
    for turns in 0..60 {
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let (alice, bob) = (scene.open(1_000), scene.open(1_000));
        let other = run(builder(store.clone(), &scene.clock).start()).unwrap();
        store.slow(1, 1);
        let asks = (0..6).map(|index| {
            let engine = scene.engine.clone();
            let transfer = format!("t{index}");
            Stepped::new(async move {
                engine.process(Ask { id: Id::named(&transfer), transfer, from: alice, to: bob, amount: 1 }).await.map(drop)
            })
        });
        let mut asks: Vec<_> = asks.collect();
        for _ in 0..turns {
            asks.retain_mut(|ask| !ask.is_woken() || ask.poll().is_pending());
        }
        // All time is up, as this engine and the other one see it.
        scene.clock.advance(SignedDuration::from_hours(1_000));
        let fire = Stepped::new(async move { other.settle().await });
        drop(asks);
        for fired in run_all([fire]) {
            fired.unwrap();
        }
        store.slow(0, 0);
        run(scene.engine.settle()).unwrap();
        for index in 0..6 {
            let status = scene.status(&format!("t{index}"));
            assert!(matches!(status, None | Some(ProcessStatus::Completed)), "{turns}, t{index}: {status:?}");
        }
        assert_eq!(scene.balance(alice) + scene.balance(bob), 2_000, "{turns}");
        assert_each_cause_once(&scene.engine);
        assert_eq!(run(scene.engine.parked()).unwrap(), []);
    }
}

/// What one commit of many asks for is asked for once.
#[test]
fn a_transfer_costs_as_many_commits_among_many_as_alone() {
    let commits_of = |count: usize| {
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let (alice, bob) = (scene.open(1_000), scene.open(1_000));
        let commits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&commits);
        store.script(move |call| {
            if let Call::Commit(_) = call {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            Fate::Happens
        });
        ask_all(&scene, alice, bob, count);
        commits.load(Ordering::SeqCst)
    };
    assert_eq!((commits_of(1), commits_of(MANY)), (8, 8 * MANY));
}

/// Where something new is always to be done, what is due is not put off for ever.
#[test]
fn timers_fire_although_there_is_always_something_to_do() {
    let store = Troubled::default();
    let mut scene = Scene::on(store.clone());
    let (carol, bob) = (scene.open(666), scene.open(1));
    // Its deposit fails again and again.
    let _ = scene.ask("late", carol, bob, 666).unwrap();
    for _ in 0..3 {
        scene.pass(SignedDuration::from_mins(2));
    }
    scene.restart();
    let (alice, bob) = (scene.open(1_000), scene.open(1_000));
    scene.clock.advance(SignedDuration::from_mins(30));
    store.slow(1, 1);
    let (engine, mut asks) = (scene.engine.clone(), Vec::new());
    let mut settling = Stepped::new(async move { engine.settle().await });
    let has_fired = || scene.names("late").contains(&"on_impatience".to_owned());
    for round in 0..1_000 {
        // Another one is asked for, and whoever does that goes away.
        let engine = scene.engine.clone();
        let transfer = format!("t{round}");
        let mut ask = Stepped::new(async move {
            engine.process(Ask { id: Id::named(&transfer), transfer, from: alice, to: bob, amount: 1 }).await.map(drop)
        });
        let before = log_of(&store.beneath()).len();
        while log_of(&store.beneath()).len() == before {
            assert!(ask.poll().is_pending());
        }
        asks.push(ask);
        for _ in 0..4 {
            assert!(settling.poll().is_pending(), "there is always something to do");
        }
        if round % 20 == 0 && has_fired() {
            return;
        }
    }
    panic!("the timer has not fired");
}
