//! Processes on several engines that share a store, and on engines that come and go.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use fidelis::{
    MemoryStore, MessageKind, SignedDuration, Store,
    prelude::*,
    process::{Cause, ProcessStatus, Transition},
};

use crate::{
    process_bank::{Account, Ask, Deposit, Freeze, Moving, Urge},
    process_steps::{Scene, builder, scene, stream},
    stepping::{Stepped, run, run_all},
    troubled::{Call, Fate, Troubled, log_of},
};

/// No cause has led to two steps of one process, and every step stands on the one before.
pub fn assert_each_cause_once(engine: &Engine) {
    let mut seen = std::collections::HashSet::new();
    for record in log_of(engine.store()).iter().filter(|record| record.metadata.kind == MessageKind::Transition) {
        let step = Transition::of(record).unwrap();
        let cause = format!("{} {:?}", record.metadata.stream, step.cause);
        assert!(seen.insert(cause.clone()), "twice: {cause}");
    }
}

#[test]
fn two_engines_take_turns() {
    let one = scene();
    let other = Scene { engine: run(builder(one.store.clone(), &one.clock).start()).unwrap(), ..scene() };
    let (alice, bob) = (one.open(100), other.open(100));
    for index in 0..5 {
        assert_eq!(one.ask(&format!("a{index}"), alice, bob, 10).unwrap(), []);
        assert_eq!(other.ask(&format!("b{index}"), bob, alice, 7).unwrap(), []);
    }
    run(one.engine.settle()).unwrap();
    assert_eq!((one.balance(alice), one.balance(bob)), (85, 115));
    assert!((0..5).all(|index| one.outcome(&format!("a{index}")) == "settled" && one.outcome(&format!("b{index}")) == "settled"));
    assert_each_cause_once(&one.engine);
}

/// Both engines meet every message at the same time, at every await.
#[test]
fn two_engines_at_once() {
    for slow in 0..4 {
        let store = Troubled::default();
        let one = Scene::on(store.clone());
        let mut other = Scene::on(store.clone());
        other.engine = run(builder(store.clone(), &one.clock).start()).unwrap();
        let (alice, bob) = (one.open(100), one.open(100));
        store.slow(slow, slow / 2);
        let asks = (0..6).map(|index| {
            let engine = if index % 2 == 0 { one.engine.clone() } else { other.engine.clone() };
            let (from, to) = if index % 3 == 0 { (alice, bob) } else { (bob, alice) };
            let transfer = format!("t{index}");
            let id = Id::named(&transfer);
            Stepped::new(async move { engine.process(Ask { id, transfer, from, to, amount: 10 }).await })
        });
        for asked in run_all(asks) {
            let _ = asked.unwrap();
        }
        let both = [one.engine.clone(), other.engine.clone()];
        for settled in run_all(both.map(|engine| Stepped::new(async move { engine.settle().await }))) {
            settled.unwrap();
        }
        store.slow(0, 0);
        run(one.engine.settle()).unwrap();
        assert_eq!((one.balance(alice), one.balance(bob)), (120, 80), "{slow}");
        for index in 0..6 {
            assert_eq!(one.status(&format!("t{index}")), Some(ProcessStatus::Completed), "{slow}, t{index}");
        }
        assert_each_cause_once(&one.engine);
        assert_eq!(run(one.engine.parked()).unwrap(), []);
    }
}

/// Transfers whose deposit fails: they wait until their timers fire.
fn waiting(transfers: &[&str]) -> (Scene<MemoryStore>, Id<Account>) {
    let scene = scene();
    let (carol, bob) = (scene.open(666 * transfers.len() as i64), scene.open(1));
    for transfer in transfers {
        let _ = scene.ask(transfer, carol, bob, 666).unwrap();
        scene.clock.advance(SignedDuration::from_secs(1));
    }
    (scene, carol)
}

#[test]
fn timers_fire_after_a_restart_once_and_in_order() {
    let (mut scene, carol) = waiting(&["t1", "t2", "t3"]);
    scene.restart();
    let due = scene.engine.next_due().unwrap();
    scene.clock.set(due);
    scene.pass(SignedDuration::from_mins(40));
    run(scene.engine.settle()).unwrap();
    let log = log_of(scene.engine.store());
    let fired: Vec<String> = log
        .iter()
        .filter(|record| record.metadata.kind == MessageKind::Transition)
        .filter(|record| matches!(Transition::of(record).unwrap().cause, Cause::Timer { .. }))
        .map(|record| record.metadata.stream.id().to_owned())
        .collect();
    assert_eq!(fired, ["t1", "t2", "t3"]);
    assert_each_cause_once(&scene.engine);
    assert_eq!(scene.balance(carol), 3 * 666);
}

#[test]
fn two_engines_fire_a_timer_once() {
    for slow in 0..4 {
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let (carol, bob) = (scene.open(666), scene.open(1));
        let _ = scene.ask("t1", carol, bob, 666).unwrap();
        let other = run(builder(store.clone(), &scene.clock).start()).unwrap();
        scene.clock.advance(SignedDuration::from_mins(31));
        store.slow(slow, slow);
        for settled in run_all([scene.engine.clone(), other].map(|engine| Stepped::new(async move { engine.settle().await }))) {
            settled.unwrap();
        }
        store.slow(0, 0);
        scene.pass(SignedDuration::from_mins(5));
        let fired = scene.steps("t1").iter().filter(|step| matches!(step.cause, Cause::Timer { .. })).count();
        assert_eq!(fired, 1, "{slow}");
        assert_each_cause_once(&scene.engine);
        assert_eq!((scene.balance(carol), scene.balance(bob)), (666, 1), "{slow}");
    }
}

/// An engine that has last seen a process being undone meets what another one has led it to since: a command that fails there is tried
/// again, for it is not one that is to be undone anyway.
#[test]
fn what_stands_in_memory_gives_no_command_up() {
    let store = Troubled::default();
    let mut scene = Scene::on(store.clone());
    let (alice, bob) = (scene.open(100), scene.open(100));
    let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    let says = |commit: &fidelis::store::Commit, text: &str| {
        commit.appends.iter().flat_map(|append| &append.records).any(|record| record.payload.contains(text))
    };
    // Each of the first two engines is cut off when it has stored a certain step.
    let cut_off_after = |step: &'static str| {
        let mut over = false;
        store.script(move |call| {
            let fate = if over { Fate::Unavailable } else { Fate::Happens };
            over |= matches!(call, Call::Commit(commit) if says(commit, step));
            fate
        });
    };
    cut_off_after("\"step\":\"give_back\"");
    let _ = scene.ask("t1", alice, bob, 60);
    let stale = scene.engine.clone();
    store.calm();
    scene.restart();
    cut_off_after("\"step\":\"on_undone\"");
    let _ = run(scene.engine.settle());
    store.calm();
    assert_eq!(scene.names("t1").last().map(String::as_str), Some("on_undone"));
    store.nth_commit(0, Fate::Unavailable, move |commit| says(commit, "insufficient") || says(commit, "{status: [frozen]}"));
    let mut following = Stepped::new(async move { stale.follow(std::future::pending::<()>()).await });
    for _ in 0..1_000 {
        let _ = following.poll();
    }
    assert_eq!(store.met(), 1, "the command has not failed");
    drop(following);
    scene.pass(SignedDuration::from_mins(1));
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed), "{:?}", scene.names("t1"));
    assert_eq!((scene.outcome("t1"), scene.balance(alice)), ("{status: [frozen]}".to_owned(), 100));
}

/// Time runs out while another engine is anywhere between two awaits: what is on its way is not undone behind its back.
#[test]
fn time_may_run_out_at_any_moment() {
    let mut fired = 0;
    for schedule in 1..400_u64 {
        // Xorshift (Marsaglia 2003): who makes the next poll, and when the time is over.
        let mut chance = schedule.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut draw = |below: u64| {
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            chance % below
        };
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let other = run(builder(store.clone(), &scene.clock).start()).unwrap();
        let (alice, bob) = (scene.open(100), scene.open(100));
        store.slow(1, 1);
        let engine = scene.engine.clone();
        let ask = Ask { id: Id::named("t1"), transfer: "t1".into(), from: alice, to: bob, amount: 60 };
        let mut asked = Stepped::new(async move { engine.process(ask).await.map(drop) });
        let settle = || {
            let other = other.clone();
            Stepped::new(async move { other.settle().await })
        };
        let (mut settling, mut asking) = (settle(), true);
        let (over, bias) = (draw(100), 1 + draw(5));
        for poll in 0..1_000 {
            if poll == over {
                scene.clock.advance(SignedDuration::from_mins(31));
            }
            if draw(6) < bias {
                asking = asking && asked.poll().is_pending();
            } else if settling.poll().is_ready() {
                settling = settle();
            }
        }
        drop(settling);
        store.slow(0, 0);
        for engine in [&scene.engine, &other, &scene.engine] {
            run(engine.settle()).unwrap();
        }
        assert_eq!(run(scene.engine.parked()).unwrap(), [], "{schedule}");
        let names = scene.names("t1");
        assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed), "{schedule}: {names:?}");
        let moved = match &*scene.outcome("t1") {
            "settled" => 60,
            "it took too long" => 0,
            other => panic!("{schedule}: {other}"),
        };
        fired += names.iter().filter(|name| *name == "on_impatience").count();
        assert_eq!((scene.balance(alice), scene.balance(bob)), (100 - moved, 100 + moved), "{schedule}: {names:?}");
        assert_each_cause_once(&scene.engine);
    }
    assert!(fired > 5, "the timer fired {fired} times");
}

#[test]
fn what_a_person_ended_is_not_carried_out() {
    let (scene, carol) = waiting(&["t1"]);
    // Until nobody tries again by himself.
    (0..3).for_each(|_| scene.pass(SignedDuration::from_mins(2)));
    let parked = run(scene.engine.parked()).unwrap().remove(0);
    assert_eq!(parked.failure.as_ref().unwrap().next, None);
    let refused = run(scene.engine.drop_parked(&parked.subscription, parked.position)).unwrap_err();
    assert!(refused.to_string().contains("retry it, or end the process by hand"), "{refused}");
    run(scene.engine.end_process(&stream("t1"), "settled by post")).unwrap();
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
    // The deposit would work now.
    let bob =
        scene.steps("t1").into_iter().find_map(|step| step.issued.first().filter(|issued| issued.name == "Deposit").cloned());
    let bob: Deposit = serde_json::from_str(&bob.unwrap().payload.0).unwrap();
    let _ = run(scene.engine.process(Deposit { account: bob.account, amount: 9 })).unwrap();
    scene.pass(SignedDuration::from_mins(2));
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
    assert_eq!((scene.balance(bob.account), scene.balance(carol)), (10, 0));
    assert_eq!(scene.engine.process_counts::<Moving>().late, 0);
}

/// A process with a long past makes a step for as many questions to the store as a new one, and reads as many records, also when
/// nothing of it is in memory.
#[test]
fn a_long_past_costs_nothing() {
    let cost_of_a_step_after = |steps: usize| {
        let store = Troubled::default();
        let mut scene = Scene::on(store.clone());
        let (carol, bob) = (scene.open(666), scene.open(0));
        // It stays open: the deposit is to be refused, and giving back, too.
        let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
        let _ = scene.ask("t1", carol, bob, 77).unwrap();
        assert_eq!(scene.status("t1"), Some(ProcessStatus::NeedsPerson));
        for _ in 0..steps {
            let _ = run(scene.engine.process(Urge { transfer: "t1".into() })).unwrap();
        }
        scene.restart();
        let counted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&counted);
        store.script(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Fate::Happens
        });
        let before = store.records_read();
        let _ = run(scene.engine.process(Urge { transfer: "t1".into() })).unwrap();
        let cost = (counted.load(Ordering::SeqCst), store.records_read() - before);
        // The five that led it to where it waits for a person, and all others.
        assert_eq!(scene.steps("t1").len(), 5 + steps + 1);
        cost
    };
    assert_eq!(cost_of_a_step_after(10_000), cost_of_a_step_after(0));
}

/// A state that the code cannot read any more is found before anything runs, with the processes and the ways out.
#[test]
fn a_state_that_does_not_fit_is_refused_at_the_start() {
    let (scene, _) = waiting(&["t1", "t2"]);
    let before = scene.engine.store().head();
    let before = run(before).unwrap();
    // As an older version of the code would have left it.
    for transfer in ["t1", "t2"] {
        let stream = stream(transfer);
        let log = log_of(scene.engine.store());
        let last = log.iter().rfind(|record| record.metadata.stream == stream).unwrap();
        let payload = last.payload.replace("\"amount\":666", "\"sum\":666").replace("\"definition\":\"", "\"definition\":\"0000");
        let definition = payload.find("\"definition\":\"").unwrap() + 14;
        let payload = format!("{}{}", &payload[..definition + 16], &payload[definition + 20..]);
        let mut commit = fidelis::store::Commit::new(last.metadata.time, last.metadata.origin.clone());
        commit.appends.push(fidelis::store::Append {
            stream,
            expected: fidelis::store::Expected::Any,
            records: smallvec_of(fidelis::NewRecord {
                id: last.metadata.id.derived("older", 0),
                type_name: last.metadata.type_name.clone(),
                kind: MessageKind::Transition,
                schema_version: 1,
                payload: payload.into(),
            }),
        });
        let _ = run(scene.store.commit(commit)).unwrap();
    }
    run(scene.engine.settle()).unwrap();
    assert!(run(scene.engine.store().head()).unwrap() > before);
    let refused = run(builder(scene.store.clone(), &scene.clock).start()).map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let text = refused.to_string();
    for part in
        ["2 processes of `Moving` cannot go on", "`moving::moving-t1`", "`moving::moving-t2`", "sum", "serde(alias", "by hand"]
    {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

fn smallvec_of<A, T>(record: T) -> A
where
    A: FromIterator<T>,
{
    std::iter::once(record).collect()
}
