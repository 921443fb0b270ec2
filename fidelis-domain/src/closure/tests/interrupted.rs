//! Somebody puts money in while the account is being closed, and takes out what was paid out: at any moment of it.

use std::cmp::Ordering;

use fidelis::{Id, SignedDuration, block_on, process::ProcessStatus, process::ProcessSummary};

use super::{balances, ended, requesting, savings};
use crate::{
    account::{Account, AccountStatus},
    closure::{Closure, ClosureStatus},
    money::{Money, dollars},
    tests::{Bank, Fate, Observed, conserved, deposit, withdrawal},
};

/// A closure that was requested when the bank ended.
struct Interrupted {
    /// The bank that is open now.
    bank: Bank,
    savings: Id<Account>,
    current: Id<Account>,
    closure: Id<Closure>,
}

/// The bank ends at a commit of the closure, and opens again; `None` when it was not even requested before that.
fn interrupted(crash: u64) -> Option<Interrupted> {
    let (open, savings, current) = savings();
    let fate = move |commit: u64| match commit.cmp(&crash) {
        Ordering::Less => Fate::Happens,
        _ => Fate::Fails,
    };
    let before = Bank::behind(Observed::new(open.store.clone(), fate), open.store.clone());
    let closure = before.process(requesting(savings, current)).ok()?.value;
    drop(before);
    Some(Interrupted { bank: Bank::on(open.store), savings, current, closure })
}

fn goes_on(bank: &Bank) {
    bank.clock.advance(SignedDuration::from_hours(1));
    block_on(bank.engine.settle()).unwrap();
}

/// Commits of a closure, and more.
const COMMITS: u64 = 16;

#[test]
fn a_deposit_that_arrives_in_between_abandons_the_closure_and_all_is_as_before() {
    let mut ends = Vec::new();
    for Interrupted { bank, savings, current, closure } in (2..COMMITS).filter_map(interrupted) {
        let came_in = bank.process(deposit(savings, dollars(7))).is_ok();
        goes_on(&bank);
        let (status, reason) = ended(&bank, closure);
        match status {
            ClosureStatus::Completed => {
                assert!(!came_in, "money came into an account that was closed");
                assert_eq!(balances(&bank, savings, current), (Money::ZERO, dollars(350)));
                assert_eq!(bank.account(savings).status, AccountStatus::Closed);
            }
            ClosureStatus::Abandoned => {
                assert!(came_in);
                assert_eq!(reason.as_deref(), Some("{status: [Cannot close account with non-zero balance]}"));
                assert_eq!(balances(&bank, savings, current), (dollars(307), dollars(50)));
                assert_eq!(bank.account(savings).status, AccountStatus::Active);
            }
            ClosureStatus::Requested => panic!("the closure has not ended"),
        }
        assert!(conserved(&bank.log()).values().all(|amount| *amount == Money::ZERO));
        assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
        ends.push(status);
    }
    assert!(ends.contains(&ClosureStatus::Abandoned) && ends.contains(&ClosureStatus::Completed), "{ends:?}");
}

/// What was paid out and spent cannot be taken back: somebody has to see to it, and can.
#[test]
fn what_was_paid_out_and_spent_needs_a_person() {
    let mut stuck = 0;
    for Interrupted { bank, savings, current, closure } in (2..COMMITS).filter_map(interrupted) {
        let paid_out = bank.account(current).balance > dollars(50);
        if !paid_out || bank.process(deposit(savings, dollars(7))).is_err() {
            continue;
        }
        bank.accepts(withdrawal(current, dollars(350)));
        goes_on(&bank);
        let summary = || block_on(bank.engine.query::<ProcessSummary>().all()).unwrap().remove(0);
        assert_eq!((ended(&bank, closure).0, summary().status), (ClosureStatus::Requested, ProcessStatus::NeedsPerson));
        assert!(summary().reason.is_some_and(|reason| reason.contains("`MakeWithdrawal` was refused")));
        // Nothing is given back that was not taken back.
        assert_eq!(balances(&bank, savings, current), (dollars(7), Money::ZERO));

        let _ = bank.process(deposit(current, dollars(300))).unwrap();
        let process = bank.stream("fidelis::account_closing", closure)[0].metadata.stream.clone();
        block_on(bank.engine.retry_process(&process)).unwrap();
        goes_on(&bank);
        assert_eq!((ended(&bank, closure).0, summary().status), (ClosureStatus::Abandoned, ProcessStatus::Completed));
        assert_eq!(balances(&bank, savings, current), (dollars(307), Money::ZERO));
        assert!(conserved(&bank.log()).values().all(|amount| *amount == Money::ZERO));
        stuck += 1;
    }
    assert!(stuck > 0, "it never came to that");
}
