//! The test language about processes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fidelis::{Rejection, prelude::*, process::ProcessStatus, testing::*};

use crate::process_bank::{
    Account, Ask, Asked, Deposit, Deposited, Fail, Frozen, Moving, Opened, Settle, Transfer, Withdraw, Withdrawn,
};

fn ids() -> (Id<Account>, Id<Account>, Id<Transfer>) {
    (Id::named("alice"), Id::named("bob"), Id::named("t1"))
}

fn asked(amount: i64) -> Asked {
    let (from, to, _) = ids();
    Asked { transfer: "t1".into(), from, to, amount }
}

fn process() -> Given<OneProcess<Moving>> {
    given_process::<Moving>("t1".to_owned())
}

#[test]
fn aggregates_of_the_domain_answer() {
    let (alice, bob, t1) = ids();
    process()
        .events(alice, Opened { amount: 100 })
        .events(bob, Opened { amount: 0 })
        .when_happened(t1, asked(60))
        .then_issued((
            Withdraw { account: alice, amount: 60 },
            Deposit { account: bob, amount: 60 },
            Settle { id: t1, transfer: "t1".into() },
        ))
        .then_steps(["on_asked", "on_withdrawn", "on_deposited", "on_settled"])
        .then_process(|process| assert_eq!(process.amount, 60))
        .then_completed()
        .then_timers([])
        .when_redelivered()
        .then_issued(())
        .then_steps([]);
}

#[test]
fn a_command_starts_it() {
    let (alice, bob, id) = ids();
    process()
        .events(alice, Opened { amount: 100 })
        .events(bob, (Opened { amount: 0 }, Frozen { frozen: true }))
        .when(Ask { id, transfer: "t1".into(), from: alice, to: bob, amount: 60 })
        .then_completed()
        .then_issued((
            Withdraw { account: alice, amount: 60 },
            Deposit { account: bob, amount: 60 },
            Deposit { account: alice, amount: 60 },
            Fail { id, transfer: "t1".into(), reason: "{status: [frozen]}".into() },
        ));
}

#[test]
fn alone_it_is_told_what_its_commands_caused() {
    let (alice, bob, t1) = ids();
    process()
        .alone()
        .events(t1, asked(60))
        .when_answered(alice, Withdrawn { amount: 60 })
        .then_issued(Deposit { account: bob, amount: 60 })
        .then_timers([(Moving::PATIENCE, minutes(30))])
        .when_answered(bob, Deposited { amount: 60 })
        .then_issued(Settle { id: t1, transfer: "t1".into() })
        .then_status(ProcessStatus::Running)
        .when_restarted()
        .then_issued(());
}

#[test]
fn a_refusal_can_be_given() {
    let (alice, _, t1) = ids();
    process()
        .alone()
        .rejecting::<Deposit>(Rejection::new("status", "closed"))
        .events(t1, asked(60))
        .when_answered(alice, Withdrawn { amount: 60 })
        .then_steps(["on_withdrawn", "on_deposit_rejected", "give_back", "answered", "on_undone"])
        .then_status(ProcessStatus::Running);
}

#[test]
fn what_cannot_be_undone_needs_a_person() {
    let (alice, _, t1) = ids();
    process()
        .alone()
        .rejecting::<Deposit>(Rejection::new("status", "closed"))
        .rejecting::<Deposit>(Rejection::new("status", "closed, too"))
        .events(t1, asked(60))
        .when_answered(alice, Withdrawn { amount: 60 })
        .then_needs_person("`Deposit` was refused: {status: [closed, too]}");
}

#[test]
fn time_passes() {
    let (_, _, t1) = ids();
    process()
        .alone()
        .events(t1, asked(60))
        .when_passed(minutes(29))
        .then_timers([(Moving::PATIENCE, minutes(1))])
        .when_passed(minutes(1))
        .then_steps(["on_impatience", "give_back", "answered", "on_undone"]);
}

#[test]
fn a_crash_changes_nothing_wherever_it_is() {
    let (alice, bob, t1) = ids();
    for commits in 0..12 {
        process()
            .events(alice, Opened { amount: 100 })
            .events(bob, (Opened { amount: 0 }, Frozen { frozen: true }))
            .crash_after(commits)
            .when_happened(t1, asked(60))
            .then_steps(["on_asked", "on_withdrawn", "on_deposit_rejected", "give_back", "answered", "on_undone", "on_failed"])
            .then_completed();
    }
}

#[test]
fn nothing_starts_by_itself() {
    let (alice, ..) = ids();
    process().alone().when_happened(alice, Opened { amount: 1 }).then_not_started().then_caught_up();
}

/// Without a key it is decided at once, with a bad start it is tried again.
#[test]
fn what_cannot_be_taken_in_is_parked() {
    let (_, _, t1) = ids();
    let failed = catch_unwind(AssertUnwindSafe(|| process().alone().when_happened(t1, asked(13)).then_caught_up()));
    let text = *failed.err().unwrap().downcast::<String>().unwrap();
    assert!(text.contains("thirteen brings bad luck") && text.contains("moving.Moving"), "{text}");
    let empty = Asked { transfer: String::new(), ..asked(1) };
    let failed = catch_unwind(AssertUnwindSafe(|| process().alone().when_happened(t1, empty).then_caught_up()));
    let text = *failed.err().unwrap().downcast::<String>().unwrap();
    assert!(text.contains("a process key must not be empty"), "{text}");
}

#[test]
fn a_failure_tells_the_story() {
    let (alice, bob, t1) = ids();
    let failed = catch_unwind(AssertUnwindSafe(|| {
        process()
            .alone()
            .events(t1, asked(60))
            .when_answered(alice, Withdrawn { amount: 60 })
            .then_issued(Deposit { account: bob, amount: 61 })
    }));
    let text = *failed.err().unwrap().downcast::<String>().unwrap();
    for part in
        ["the issued commands are not the expected ones", "amount", "on_withdrawn", "`Moving` t1, running", "timer `patience`"]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}
