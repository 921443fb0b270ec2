//! The bank may end at any instant, and another one goes on: a transfer ends once, as it would have ended undisturbed.

use std::{
    cmp::Ordering,
    sync::{
        Arc,
        atomic::{self, AtomicU64},
    },
};

use fidelis::{ErrorKind, Id, MemoryStore, SignedDuration, block_on};

use crate::{
    account::Account,
    money::{Money, dollars},
    tests::{Bank, Fate, Observed, closing, conserved, opening, transferring, withdrawal},
    transfer::{Transfer, TransferStatus},
};

/// How a transfer of 3000 ends when nobody disturbs it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Arrives,
    Refused,
    ComesBack,
}

fn begin(ending: Ending) -> (MemoryStore, Id<Account>, Id<Account>) {
    let bank = Bank::open();
    let has = if ending == Ending::Refused { 2_999 } else { 10_000 };
    let (alice, bob) = (bank.alice(dollars(has)), bank.accepts(opening("ACC-002", "Bob Smith", dollars(5_000))));
    if ending == Ending::ComesBack {
        bank.accepts(withdrawal(bob, dollars(5_000)));
        bank.accepts(closing(bob));
    }
    (bank.store, alice, bob)
}

fn transfers(bank: &Bank) -> Vec<Transfer> {
    let log = bank.category("fidelis::transfer");
    let begun = log.iter().filter(|record| record.metadata.position == 0);
    begun
        .map(|record| block_on(bank.engine.load(record.metadata.stream.id().parse::<Id<Transfer>>().unwrap())).unwrap())
        .collect()
}

/// How many commits a transfer needs when nobody disturbs it.
fn commits(ending: Ending) -> u64 {
    let (store, alice, bob) = begin(ending);
    let commits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&commits);
    let count = move |commit| {
        counted.store(commit, atomic::Ordering::Relaxed);
        Fate::Happens
    };
    Bank::behind(Observed::new(store.clone(), count), store).accepts(transferring(alice, bob, dollars(3_000)));
    commits.load(atomic::Ordering::Relaxed)
}

/// Ends the bank at a commit and looks at what the next one makes of it.
fn crash_at(ending: Ending, crash: u64, last: fn() -> Fate) {
    let (store, alice, bob) = begin(ending);
    let fate = move |commit: u64| match commit.cmp(&crash) {
        Ordering::Less => Fate::Happens,
        Ordering::Equal => last(),
        Ordering::Greater => Fate::Fails,
    };
    let before = Bank::behind(Observed::new(store.clone(), fate), store.clone());
    let answered = before.process(transferring(alice, bob, dollars(3_000)));
    drop(before);

    let after = Bank::on(store);
    after.clock.advance(SignedDuration::from_hours(1));
    block_on(after.engine.settle()).unwrap();
    let place = format!("{ending:?}, commit {crash}");
    let transfers = transfers(&after);
    let [transfer] = &transfers[..] else {
        // Only a command that was never stored leaves none, and its caller knows.
        let kind = answered.err().map(|error| error.kind());
        assert!(matches!(kind, Some(ErrorKind::Unavailable)), "{place}: {} transfers, {kind:?}", transfers.len());
        return;
    };
    let expected = match ending {
        Ending::Arrives => (TransferStatus::Completed, dollars(7_000), dollars(8_000)),
        Ending::Refused => (TransferStatus::Failed, dollars(2_999), dollars(5_000)),
        Ending::ComesBack => (TransferStatus::Failed, dollars(10_000), Money::ZERO),
    };
    let found = (transfer.status, after.account(alice).balance, after.account(bob).balance);
    assert_eq!(found, expected, "{place}");
    assert!(conserved(&after.log()).values().all(|amount| *amount == Money::ZERO), "{place}");
    assert_eq!(after.category("fidelis::transfer").len(), 2, "{place}: it began once and ended once");
    assert_eq!(block_on(after.engine.parked()).unwrap(), [], "{place}");
    assert_eq!(after.engine.next_due(), None, "{place}");
}

fn crash_everywhere(ending: Ending, last: fn() -> Fate) {
    let commits = commits(ending);
    assert!(commits >= 6, "{ending:?} needs {commits} commits");
    (1..=commits).for_each(|crash| crash_at(ending, crash, last));
}

#[test]
fn chapter_9_a_crash_before_any_commit_changes_nothing() {
    for ending in [Ending::Arrives, Ending::Refused, Ending::ComesBack] {
        crash_everywhere(ending, || Fate::Fails);
    }
}

#[test]
fn chapter_9_a_crash_after_any_commit_changes_nothing() {
    for ending in [Ending::Arrives, Ending::Refused, Ending::ComesBack] {
        crash_everywhere(ending, || Fate::HappensUnheard);
    }
}

/// The bank is closed for longer than a transfer may take: whatever was on its way, it is there or back, and was not sent on.
#[test]
fn chapter_9_a_day_after_a_crash_money_is_there_or_back() {
    let mut ends = Vec::new();
    for crash in 2..=commits(Ending::Arrives) {
        let (store, alice, bob) = begin(Ending::Arrives);
        let fate = move |commit: u64| match commit.cmp(&crash) {
            Ordering::Less => Fate::Happens,
            Ordering::Equal => Fate::HappensUnheard,
            Ordering::Greater => Fate::Fails,
        };
        let _ = Bank::behind(Observed::new(store.clone(), fate), store.clone()).process(transferring(alice, bob, dollars(3_000)));
        let after = Bank::on(store);
        after.clock.advance(SignedDuration::from_hours(25));
        block_on(after.engine.settle()).unwrap();
        let transfers = transfers(&after);
        let [transfer] = &transfers[..] else { panic!("commit {crash}: {} transfers", transfers.len()) };
        let has = (after.account(alice).balance, after.account(bob).balance);
        match transfer.status {
            TransferStatus::Completed => assert_eq!(has, (dollars(7_000), dollars(8_000)), "commit {crash}"),
            _ => assert_eq!(has, (dollars(10_000), dollars(5_000)), "commit {crash}"),
        }
        assert!(conserved(&after.log()).values().all(|amount| *amount == Money::ZERO), "commit {crash}");
        assert_eq!(after.category("fidelis::transfer").len(), 2, "commit {crash}: it began once and ended once");
        ends.push((transfer.status, transfer.reason.clone()));
    }
    assert!(ends.contains(&(TransferStatus::Completed, None)), "none had arrived: {ends:?}");
}
