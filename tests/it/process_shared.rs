//! A store that several share: domains with processes of their own, and engines of which one learns what another has begun.

use std::sync::Arc;

use fidelis::{
    ManualClock, SignedDuration,
    prelude::*,
    process::{ProcessStatus, ProcessSummary},
};

use crate::{
    engine_follow::{Signal, rest},
    process_bank::Freeze,
    process_steps::Scene,
    stepping::{Stepped, run},
    troubled::{Fate, Troubled},
};

fidelis::domain!("parcels");

#[event(part_of = Parcel)]
pub struct Sent {
    pub parcel_id: Id<Parcel>,
}

#[aggregate(event_sourced)]
pub struct Parcel {
    pub sent: bool,
}

#[aggregate]
impl Parcel {
    #[apply]
    fn on_sent(&mut self, _: &Sent) {
        self.sent = true;
    }
}

#[command(part_of = Parcel)]
pub struct Send {}

#[derive(Default)]
pub struct ParcelCommandHandler;

#[command_handler(part_of = Parcel)]
impl ParcelCommandHandler {
    #[handle]
    fn send(&self, _: Send, id: Id<Parcel>) -> Result<Parcel, Rejection> {
        let mut parcel = Parcel::new(id);
        parcel.raise(Sent { parcel_id: id })?;
        Ok(parcel)
    }
}

#[process_manager(correlate = parcel_id)]
pub struct Tracking {
    pub parcel_id: Id<Parcel>,
}

#[process_manager]
impl Tracking {
    #[handle(start)]
    fn on_sent(&mut self, _: &Sent, then: &mut Effects<Self>) {
        then.start_timer(Self::LOST, SignedDuration::from_hours(24));
    }

    #[on_timeout("lost")]
    fn on_lost(&mut self, then: &mut Effects<Self>) {
        then.mark_as_complete();
    }
}

/// A transfer that waits: the deposit was refused, and giving back, too.
fn wait(scene: &Scene<Troubled>) {
    let (carol, bob) = (scene.open(666), scene.open(0));
    let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    let _ = scene.ask("t1", carol, bob, 77).unwrap();
}

fn rows(engine: &Engine) -> Vec<ProcessSummary> {
    run(engine.query::<ProcessSummary>().order_by(ProcessSummary::STREAM.ascending()).all()).unwrap()
}

/// The read model of all processes is one table: what one domain makes again is its own.
#[test]
fn a_rebuild_by_one_domain_leaves_the_processes_of_another() {
    let store = Troubled::default();
    let scene = Scene::on(store.clone());
    let parcels = run(domain().on(store.clone()).clock(Arc::clone(&scene.clock)).start()).unwrap();
    wait(&scene);
    for _ in 0..3 {
        let _ = run(parcels.process(Send {})).unwrap();
    }
    let before = rows(&scene.engine);
    assert_eq!(before.len(), 4);
    assert_eq!(before, rows(&parcels));
    for engine in [&scene.engine, &parcels, &scene.engine] {
        assert!(run(engine.rebuild::<ProcessSummary>()).unwrap() > 0);
        assert_eq!(rows(engine), before);
    }
    // Rows of its own that nothing stands behind are gone afterwards; those of others are not its business.
    let sent = run(parcels.process(Send {})).unwrap().value;
    let started = run(parcels.query::<ProcessSummary>().get(format!("parcels::tracking-{sent}"))).unwrap();
    assert_eq!(started.map(|row| row.status), Some(ProcessStatus::Running));
    assert_eq!(rows(&scene.engine).len(), 5);
}

/// The other domain goes on while one makes its rows again: none of its steps is missing afterwards.
#[test]
fn a_rebuild_meets_the_steps_of_another_domain() {
    for polls in 0..120 {
        let store = Troubled::default();
        let scene = Scene::on(store.clone());
        let parcels = run(domain().on(store.clone()).clock(Arc::clone(&scene.clock)).start()).unwrap();
        wait(&scene);
        let _ = run(parcels.process(Send {})).unwrap();
        store.slow(1, 1);
        let engine = scene.engine.clone();
        let mut rebuilding = Stepped::new(async move { engine.rebuild::<ProcessSummary>().await });
        let mut done = false;
        for _ in 0..polls {
            done = done || rebuilding.poll().is_ready();
        }
        store.slow(0, 0);
        let _ = run(parcels.process(Send {})).unwrap();
        while !done {
            done = rebuilding.poll().is_ready();
        }
        let all = rows(&parcels);
        assert_eq!(all.len(), 3, "after {polls} polls: {all:?}");
    }
}

/// Whoever follows fires what another engine has begun and did not live to fire.
#[test]
fn a_follower_learns_of_timers_that_others_have_started() {
    let store = Troubled::default();
    let clock = Arc::new(ManualClock::default());
    let start = || run(domain().on(store.clone()).clock(Arc::clone(&clock)).start()).unwrap();
    let follower = start();
    let mut following = Stepped::new(follower.follow(Signal::default().given()));
    rest(&mut following);
    let starter = start();
    let first = run(starter.process(Send {})).unwrap().value;
    clock.advance(SignedDuration::from_hours(1));
    // The step for this one moves the checkpoint behind the step of the first, which the follower therefore never meets.
    let second = run(starter.process(Send {})).unwrap().value;
    drop(starter);
    let row = |parcel| run(follower.query::<ProcessSummary>().get(format!("parcels::tracking-{parcel}"))).unwrap().unwrap();
    let due = row(first).due_at.unwrap();
    // As long as it says that it takes.
    for _ in 0..2 {
        clock.advance(SignedDuration::from_secs(10));
        rest(&mut following);
    }
    clock.set(due.saturating_sub(SignedDuration::from_secs(1)).unwrap());
    rest(&mut following);
    assert_eq!(row(first).status, ProcessStatus::Running);
    clock.set(due);
    rest(&mut following);
    assert_eq!((row(first).status, row(second).status), (ProcessStatus::Completed, ProcessStatus::Running));
}

/// A command that makes an aggregate is decided again when its commit is found not to be there.
#[test]
fn a_lost_creation_is_decided_again() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        let store = Troubled::default();
        let parcels = run(domain().on(store.clone()).start()).unwrap();
        store.nth_commit(0, fate, |commit| !commit.appends.is_empty());
        let receipt = run(parcels.process(Send {})).unwrap();
        assert_eq!((store.met(), receipt.lagging), (1, vec![]));
        assert!(run(parcels.load(receipt.value)).unwrap().sent);
        assert_eq!(rows(&parcels).len(), 1);
    }
}
