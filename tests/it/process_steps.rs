//! Processes from their start to their end, on an engine that nobody disturbs.

use fidelis::{
    EngineBuilder, ManualClock, MemoryStore, RetryPolicy, SignedDuration, Store, StreamName, Waiting,
    prelude::*,
    process::{Cause, ProcessStatus, ProcessSummary, Transition},
};
use std::sync::Arc;

use crate::{
    process_bank::{self, Account, Ask, Deposit, Freeze, Moving, Open, Transfer, Urge, Withdraw},
    stepping::run,
    troubled::log_of,
};

/// A bank on a store, with a clock that a test moves.
pub struct Scene<S> {
    pub store: S,
    pub clock: Arc<ManualClock>,
    pub engine: Engine,
}

impl<S: Store + Clone> Scene<S> {
    pub fn on(store: S) -> Self {
        let clock = Arc::new(ManualClock::default());
        let engine = run(builder(store.clone(), &clock).start()).unwrap();
        Scene { store, clock, engine }
    }

    /// Another engine on the same store and clock, as after a crash.
    pub fn restart(&mut self) {
        self.engine = run(builder(self.store.clone(), &self.clock).start()).unwrap();
    }

    pub fn open(&self, amount: i64) -> Id<Account> {
        run(self.engine.process(Open { amount })).unwrap().value
    }

    pub fn balance(&self, account: Id<Account>) -> i64 {
        run(self.engine.load(account)).unwrap().balance
    }

    pub fn ask(&self, transfer: &str, from: Id<Account>, to: Id<Account>, amount: i64) -> Result<Vec<fidelis::Lagging>, Error> {
        let id = Id::named(transfer);
        run(self.engine.process(Ask { id, transfer: transfer.into(), from, to, amount })).map(|receipt| receipt.lagging)
    }

    pub fn outcome(&self, transfer: &str) -> String {
        run(self.engine.load(Id::<Transfer>::named(transfer))).unwrap().outcome
    }

    pub fn steps(&self, transfer: &str) -> Vec<Transition> {
        let stream = stream(transfer);
        let log = log_of(self.engine.store());
        let own = log.iter().filter(|record| record.metadata.stream == stream);
        own.map(|record| Transition::of(record).unwrap()).collect()
    }

    pub fn names(&self, transfer: &str) -> Vec<String> {
        self.steps(transfer).iter().map(|step| step.step.to_string()).collect()
    }

    pub fn summary(&self, transfer: &str) -> Option<ProcessSummary> {
        run(self.engine.query::<ProcessSummary>().get(stream(transfer).as_str().to_owned())).unwrap()
    }

    pub fn status(&self, transfer: &str) -> Option<ProcessStatus> {
        self.summary(transfer).map(|summary| summary.status)
    }

    pub fn pass(&self, duration: SignedDuration) {
        self.clock.advance(duration);
        run(self.engine.settle()).unwrap();
    }
}

pub fn builder(store: impl Store, clock: &Arc<ManualClock>) -> EngineBuilder {
    let retry = RetryPolicy { attempts: 3, ..RetryPolicy::default() };
    process_bank::domain().on(store).clock(Arc::clone(clock)).retry(retry)
}

pub fn stream(transfer: &str) -> StreamName {
    StreamName::new("moving::moving", transfer)
}

pub fn scene() -> Scene<MemoryStore> {
    Scene::on(MemoryStore::default())
}

#[test]
fn money_moves_and_the_process_ends() {
    let scene = scene();
    let (alice, bob) = (scene.open(10_000), scene.open(5_000));
    assert_eq!(scene.ask("t1", alice, bob, 3_000).unwrap(), []);
    assert_eq!((scene.balance(alice), scene.balance(bob)), (7_000, 8_000));
    assert_eq!(scene.outcome("t1"), "settled");
    assert_eq!(scene.names("t1"), ["on_asked", "on_withdrawn", "on_deposited", "on_settled"]);
    let summary = scene.summary("t1").unwrap();
    assert_eq!((summary.status, summary.steps, summary.due_at), (ProcessStatus::Completed, 4, None));
    assert_eq!(scene.engine.next_due(), None);
    // The checkpoint has moved with the last step; behind it is only that step itself, which issues nothing.
    let checkpoint = run(scene.engine.store().checkpoint("moving.Moving")).unwrap();
    assert_eq!(checkpoint + 1, run(scene.engine.store().head()).unwrap());
}

/// Events answer to the process that caused them; nothing in them says so.
#[test]
fn transfers_do_not_mix_and_ordinary_money_wakes_none() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    for (index, amount) in [10, 20, 30].into_iter().enumerate() {
        assert_eq!(scene.ask(&format!("there{index}"), alice, bob, amount).unwrap(), []);
        assert_eq!(scene.ask(&format!("back{index}"), bob, alice, amount).unwrap(), []);
        let _ = run(scene.engine.process(Deposit { account: alice, amount: 1 })).unwrap();
        let _ = run(scene.engine.process(Withdraw { account: bob, amount: 1 })).unwrap();
    }
    assert_eq!((scene.balance(alice), scene.balance(bob)), (103, 97));
    for index in 0..3 {
        assert_eq!(scene.names(&format!("there{index}")).len(), 4);
        assert_eq!(scene.outcome(&format!("back{index}")), "settled");
    }
}

#[test]
fn a_refused_withdrawal_fails_the_transfer_and_nothing_is_undone() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    assert_eq!(scene.ask("t1", alice, bob, 101).unwrap(), []);
    assert_eq!((scene.balance(alice), scene.balance(bob)), (100, 100));
    assert_eq!(scene.outcome("t1"), "{balance: [insufficient funds]}");
    assert_eq!(scene.names("t1"), ["on_asked", "on_withdraw_rejected", "on_undone", "on_failed"]);
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Completed));
}

#[test]
fn a_refused_deposit_is_undone() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    assert_eq!(scene.ask("t1", alice, bob, 60).unwrap(), []);
    assert_eq!((scene.balance(alice), scene.balance(bob)), (100, 100));
    assert_eq!(scene.outcome("t1"), "{status: [frozen]}");
    let names = ["on_asked", "on_withdrawn", "on_deposit_rejected", "give_back", "answered", "on_undone", "on_failed"];
    assert_eq!(scene.names("t1"), names);
}

/// An account that does not exist today refuses for ever: it may exist tomorrow, when the money is back already.
#[test]
fn an_account_that_does_not_exist_refuses() {
    let scene = scene();
    let alice = scene.open(100);
    let nobody = Id::named("nobody");
    assert_eq!(scene.ask("t1", alice, nobody, 60).unwrap(), []);
    assert_eq!(scene.balance(alice), 100);
    assert!(scene.outcome("t1").contains("there is no `Account`"), "{}", scene.outcome("t1"));
    let refused = scene.steps("t1").into_iter().find_map(|step| match step.cause {
        Cause::Rejected { command, .. } => Some(command),
        _ => None,
    });
    assert!(run(scene.engine.store().settlement(refused.unwrap())).unwrap().is_some());
}

/// What cannot be undone needs a person; retried when the reason is gone, it ends.
#[test]
fn an_undoing_that_is_refused_needs_a_person() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    // Taking 77 freezes the account, too.
    assert_eq!(scene.ask("t1", alice, bob, 77).unwrap(), []);
    assert_eq!(scene.status("t1"), Some(ProcessStatus::NeedsPerson));
    let inspection = run(scene.engine.inspect_process(&stream("t1"), 10)).unwrap();
    let reason = "`Deposit` was refused: {status: [frozen]}".to_owned();
    assert!(inspection.waits_for.contains(&Waiting::Person { reason }), "{:?}", inspection.waits_for);
    assert_eq!(inspection.steps.len(), 5);

    // Still frozen: the same again.
    run(scene.engine.retry_process(&stream("t1"))).unwrap();
    assert_eq!((scene.balance(alice), scene.status("t1")), (23, Some(ProcessStatus::NeedsPerson)));
    let _ = run(scene.engine.process(Freeze { account: alice, frozen: false })).unwrap();
    run(scene.engine.retry_process(&stream("t1"))).unwrap();
    assert_eq!((scene.balance(alice), scene.status("t1")), (100, Some(ProcessStatus::Completed)));
    assert_eq!(scene.outcome("t1"), "{status: [frozen]}");
    assert_eq!(run(scene.engine.retry_process(&stream("t1"))).unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_person_ends_a_process_for_a_reason() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    let _ = run(scene.engine.process(Freeze { account: bob, frozen: true })).unwrap();
    assert_eq!(scene.ask("t1", alice, bob, 77).unwrap(), []);
    assert_eq!(run(scene.engine.end_process(&stream("t1"), " ")).unwrap_err().kind(), ErrorKind::Invalid);
    run(scene.engine.end_process(&stream("t1"), "paid out in cash")).unwrap();
    let summary = scene.summary("t1").unwrap();
    assert_eq!((summary.status, summary.reason.as_deref()), (ProcessStatus::Ended, Some("paid out in cash")));
    assert_eq!(scene.steps("t1").last().unwrap().cause, Cause::Ended);
    assert_eq!(scene.engine.next_due(), None);
    assert_eq!(run(scene.engine.end_process(&stream("t1"), "again")).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(run(scene.engine.end_process(&stream("t2"), "why")).unwrap_err().kind(), ErrorKind::NotFound);
}

/// A deposit that keeps failing waits for a person; when the timer wants everything undone, it is given up.
#[test]
fn nothing_happens_for_too_long() {
    let mut scene = scene();
    let (carol, bob) = (scene.open(666), scene.open(1));
    let _ = scene.ask("t1", carol, bob, 666).unwrap();
    for _ in 0..3 {
        scene.pass(SignedDuration::from_mins(2));
    }
    let parked = run(scene.engine.parked()).unwrap();
    assert!(parked[0].failure.as_ref().is_some_and(|failure| failure.next.is_none()), "{parked:?}");
    assert_eq!((scene.balance(carol), scene.status("t1")), (0, Some(ProcessStatus::Running)));
    scene.restart();
    scene.pass(SignedDuration::from_mins(30));
    assert_eq!((scene.balance(carol), scene.balance(bob)), (666, 1));
    let names = ["on_asked", "on_withdrawn", "on_impatience", "refused", "give_back", "answered", "on_undone", "on_failed"];
    assert_eq!(scene.names("t1"), names);
    assert_eq!((scene.status("t1"), &*scene.outcome("t1")), (Some(ProcessStatus::Completed), "it took too long"));
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
}

#[test]
fn what_comes_before_the_start_waits_for_it() {
    let scene = scene();
    let (alice, bob) = (scene.open(100), scene.open(100));
    let receipt = run(scene.engine.process(Urge { transfer: "t1".into() })).unwrap();
    assert_eq!(receipt.lagging.len(), 1);
    assert_eq!(scene.ask("t1", alice, bob, 60).unwrap(), []);
    run(scene.engine.settle()).unwrap();
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
    assert!(scene.names("t1").contains(&"on_urged".to_owned()), "{:?}", scene.names("t1"));
    // And what nobody starts is given up, and counted.
    let _ = run(scene.engine.process(Urge { transfer: "t2".into() })).unwrap();
    scene.pass(SignedDuration::from_mins(9));
    assert_eq!(run(scene.engine.parked()).unwrap().len(), 1);
    scene.pass(SignedDuration::from_mins(1));
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
    assert_eq!(scene.engine.process_counts::<Moving>().unknown, 1);
}

/// What fails again and again is given up, so that it can never happen later; then its step decides.
#[test]
fn a_command_that_keeps_failing_is_given_up() {
    let scene = scene();
    let (alice, bob) = (scene.open(1_000), scene.open(0));
    assert_eq!(scene.ask("t1", alice, bob, 555).unwrap().len(), 1);
    assert_eq!(scene.status("t1"), Some(ProcessStatus::Running));
    for _ in 0..2 {
        scene.pass(SignedDuration::from_mins(2));
    }
    assert_eq!(run(scene.engine.parked()).unwrap(), []);
    assert_eq!(scene.names("t1"), ["on_asked", "on_withdraw_failed", "on_undone", "on_failed"]);
    assert!(scene.outcome("t1").contains("cannot count to 555"), "{}", scene.outcome("t1"));
    assert_eq!((scene.balance(alice), scene.balance(bob)), (1_000, 0));
}
