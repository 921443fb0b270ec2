//! The process may end at any instant: rows and checkpoint have moved together, and what follows from an event follows once.

use std::collections::BTreeMap;

use fidelis::{Id, MemoryStore, Recorded, Store, Timestamp, block_on};

use super::{
    Bank, deposit,
    observed::{Fate, Observed},
    opening, withdrawal,
};
use crate::{
    account::{Account, AccountOpened, DepositMade, WithdrawalMade},
    compliance::InvestigationOpened,
    dashboard::AccountSummary,
    money::{Money, dollars},
};

/// What people do until the store is away.
fn story(bank: &Bank) -> Option<()> {
    let alice = bank.process(opening("ACC-001", "Alice Johnson", dollars(500))).ok()?.value;
    let bob = bank.process(opening("ACC-002", "Bob", dollars(50))).ok()?.value;
    bank.process(deposit(alice, dollars(15_000))).ok().map(drop)?;
    bank.process(withdrawal(alice, dollars(6_000))).ok().map(drop)?;
    bank.process(deposit(bob, dollars(20_000))).ok().map(drop)?;
    Some(())
}

/// The dashboard by hand: balance, transactions and last activity of each account, from the log up to a position.
fn fold(log: &[impl AsRef<Recorded>], upto: u64) -> BTreeMap<Id<Account>, (Money, i64, Option<Timestamp>)> {
    let mut rows = BTreeMap::new();
    for record in log.iter().map(AsRef::as_ref).filter(|record| record.metadata.global_position <= upto) {
        let (id, amount) = match record.metadata.type_name.as_str() {
            "Fidelis.AccountOpened.v1" => {
                let event: AccountOpened = record.decode().unwrap();
                (event.account_id, event.opening_deposit)
            }
            "Fidelis.DepositMade.v1" => {
                let event: DepositMade = record.decode().unwrap();
                (event.account_id, event.amount)
            }
            "Fidelis.WithdrawalMade.v1" => {
                let event: WithdrawalMade = record.decode().unwrap();
                (event.account_id, Money::ZERO - event.amount)
            }
            _ => continue,
        };
        let (balance, count, last) = rows.entry(id).or_insert((Money::ZERO, 0, None));
        *balance += amount;
        *count += 1;
        *last = Some(record.metadata.time);
    }
    rows
}

fn dashboard(bank: &Bank) -> BTreeMap<Id<Account>, (Money, i64, Option<Timestamp>)> {
    let rows = block_on(bank.engine.query::<AccountSummary>().all()).unwrap();
    rows.into_iter().map(|row| (row.account_id, (row.balance, row.transaction_count, row.last_transaction_at))).collect()
}

/// Plays the story on a store that goes away at commit `crash`, restarts the bank and looks. Gives the number of events that
/// people had brought about, `None` when the story ended before that commit.
fn crash_at(crash: u64, last: fn() -> Fate) -> Option<usize> {
    let store = MemoryStore::default();
    let fate = move |commit: u64| match commit.cmp(&crash) {
        std::cmp::Ordering::Less => Fate::Happens,
        std::cmp::Ordering::Equal => last(),
        std::cmp::Ordering::Greater => Fate::Fails,
    };
    let before = Bank::behind(Observed::new(store.clone(), fate), store.clone());
    let ended = story(&before).is_some() && block_on(before.engine.settle()).is_ok();

    let after = Bank::on(store.clone());
    let checkpoint = block_on(store.checkpoint("fidelis.AccountSummaryProjector")).unwrap();
    assert_eq!(dashboard(&after), fold(&after.log(), checkpoint), "rows and checkpoint have moved together");
    block_on(after.engine.settle()).unwrap();
    let log = after.log();
    assert_eq!(dashboard(&after), fold(&log, u64::MAX), "after the restart the rows are complete");

    let of = |name: &str| log.iter().filter(|record| record.metadata.type_name.as_str() == name).cloned().collect::<Vec<_>>();
    let mut large: Vec<Money> =
        of("Fidelis.DepositMade.v1").iter().map(|record| record.decode::<DepositMade>().unwrap().amount).collect();
    let mut looked_into: Vec<Money> = of("Fidelis.InvestigationOpened.v1")
        .iter()
        .map(|record| record.decode::<InvestigationOpened>().unwrap().amount)
        .collect();
    large.sort();
    looked_into.sort();
    assert_eq!(looked_into, large, "every large deposit is looked into, once");
    for id in fold(&log, u64::MAX).keys() {
        let welcome =
            |bank: &Bank| bank.notices.notices().iter().any(|notice| notice.subject == "welcome" && notice.account_id == *id);
        assert!(welcome(&before) || welcome(&after), "nobody is left without a welcome");
    }
    (!ended).then(|| after.category("fidelis::account").len())
}

/// Crashes at every commit there is; after the last one, everything that happened is complete.
fn crash_everywhere(last: fn() -> Fate) {
    let events: Vec<usize> = (1..).map_while(|crash| crash_at(crash, last)).collect();
    assert!(events.is_sorted() && events.len() >= 10, "{events:?}");
    assert_eq!(events.last(), Some(&5));
}

#[test]
fn a_crash_before_any_commit_loses_and_doubles_nothing() {
    crash_everywhere(|| Fate::Fails);
}

#[test]
fn a_crash_after_any_commit_loses_and_doubles_nothing() {
    crash_everywhere(|| Fate::HappensUnheard);
}
