//! The log moves to another store at any instant: the bank goes on there as if it had only been restarted.

use std::cmp::Ordering;

use fidelis::{
    Id, MemoryStore, SignedDuration, Store, block_on,
    interchange::{Comparison, Export, Import, Side},
};

use super::{Bank, Fate, Observed, conserved, deposit, opening, transferring};
use crate::{
    account::Account,
    dashboard::AccountSummary,
    money::{Money, dollars},
    transfer::{Transfer, TransferStatus},
};

/// What people do until the store is away: notices, an investigation, and a transfer.
fn story(bank: &Bank) -> Option<(Id<Account>, Id<Account>, Id<Transfer>)> {
    let alice = bank.process(opening("ACC-001", "Alice Johnson", dollars(10_000))).ok()?.value;
    let bob = bank.process(opening("ACC-002", "Bob", dollars(5_000))).ok()?.value;
    bank.process(deposit(alice, dollars(15_000))).ok().map(drop)?;
    let transfer = bank.process(transferring(alice, bob, dollars(3_000))).ok()?.value;
    Some((alice, bob, transfer))
}

/// The log in another store, and nothing but the log.
fn moved(store: &MemoryStore) -> MemoryStore {
    let (mut file, there) = (Vec::new(), MemoryStore::default());
    let projectors = crate::domain().projectors().unwrap();
    block_on(async {
        Export::of("fidelis", store).write(&mut file).await?;
        Import::into(&there).of("fidelis").rebuilding(projectors).read(&file[..]).await
    })
    .unwrap();
    let comparison = block_on(Comparison::of(Side::Store(store), Side::Store(&there))).unwrap();
    assert!(comparison.is_equal(), "{comparison:?}");
    there
}

/// Plays the story on a store that goes away at commit `crash`, moves its log, and lets the bank go on there. Gives whether the
/// story had ended before that commit, and whether the transfer was on its way.
fn moved_at(crash: u64) -> (bool, bool) {
    let store = MemoryStore::default();
    let fate = move |commit: u64| match commit.cmp(&crash) {
        Ordering::Less => Fate::Happens,
        _ => Fate::Fails,
    };
    let before = Bank::behind(Observed::new(store.clone(), fate), store.clone());
    let story = story(&before);
    let ended = story.is_some() && block_on(before.engine.settle()).is_ok();
    let under_way = conserved(&before.log()).values().any(|amount| *amount != Money::ZERO);

    let after = Bank::on(moved(&store));
    block_on(after.engine.settle()).unwrap();
    after.clock.advance(SignedDuration::from_hours(1));
    block_on(after.engine.settle()).unwrap();
    assert!(conserved(&after.log()).values().all(|amount| *amount == Money::ZERO), "nothing is under way for ever");
    assert_eq!(block_on(after.engine.parked()).unwrap(), []);
    if let Some((alice, bob, transfer)) = story {
        let transfer = block_on(after.engine.load::<Transfer>(transfer)).unwrap();
        assert_eq!(transfer.status, TransferStatus::Completed);
        for (id, balance) in [(alice, 22_000), (bob, 8_000)] {
            assert_eq!(after.account(id).balance, dollars(balance));
            let row = block_on(after.engine.query::<AccountSummary>().get(id)).unwrap().unwrap();
            assert_eq!(row.balance, dollars(balance), "the read model is made again");
        }
    }
    if ended {
        assert_eq!(after.notices.notices(), [], "what was sent is not sent again");
        assert_eq!(after.alerts.notices(), [], "what was looked into is not looked into again");
        assert_eq!(block_on(after.store.head()).unwrap(), block_on(store.head()).unwrap(), "nothing happens a second time");
    }
    (ended, under_way)
}

#[test]
fn a_log_that_moves_at_any_commit_loses_and_doubles_nothing() {
    let moves: Vec<_> = (1..).map(moved_at).take_while(|(ended, _)| !ended).collect();
    assert!(moves.len() > 10, "{moves:?}");
    assert!(moves.iter().any(|(_, under_way)| *under_way), "it moved while money was under way");
    assert!(moved_at(u64::MAX).0);
}
