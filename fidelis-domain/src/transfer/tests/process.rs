//! Chapter 9: money moves, or it is where it was before; and nobody is disturbed by the transfers of others.

use std::thread;

use fidelis::{
    Error, Id, MemoryStore, RetryPolicy, SignedDuration, block_on,
    process::{ProcessStatus, ProcessSummary},
};

use crate::{
    account::Account,
    money::{Money, dollars},
    tests::{Bank, Fate, Observed, closing, conserved, deposit, opening, transferring, withdrawal},
    transfer::{Transfer, TransferStatus},
};

const OVERDRAFT: &str = "{balance: [Insufficient funds: balance cannot be negative]}";

/// Alice with 10000, Bob with 5000.
fn customers(bank: &Bank) -> (Id<Account>, Id<Account>) {
    (bank.alice(dollars(10_000)), bank.accepts(opening("ACC-002", "Bob Smith", dollars(5_000))))
}

fn balances(bank: &Bank, (alice, bob): (Id<Account>, Id<Account>)) -> (Money, Money) {
    (bank.account(alice).balance, bank.account(bob).balance)
}

/// How a transfer ended, and why if it failed.
fn ended(bank: &Bank, transfer: Id<Transfer>) -> (TransferStatus, Option<String>) {
    let transfer = block_on(bank.engine.load(transfer)).unwrap();
    (transfer.status, transfer.reason)
}

/// Nothing is under way, parked or waited for.
fn all_is_over(bank: &Bank) {
    assert!(conserved(&bank.log()).values().all(|amount| *amount == Money::ZERO));
    assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
    assert_eq!(bank.engine.next_due(), None);
    let all = block_on(bank.engine.query::<ProcessSummary>().all()).unwrap();
    assert!(all.iter().all(|process| process.status == ProcessStatus::Completed), "{all:?}");
}

#[test]
fn chapter_9_money_moves() {
    let bank = Bank::open();
    let (alice, bob) = customers(&bank);
    let transfer = bank.accepts(transferring(alice, bob, dollars(3_000)));
    assert_eq!(balances(&bank, (alice, bob)), (dollars(7_000), dollars(8_000)));
    assert_eq!(ended(&bank, transfer), (TransferStatus::Completed, None));
    assert_eq!(bank.events(alice), ["Fidelis.AccountOpened.v1", "Fidelis.WithdrawalMade.v1"]);
    assert_eq!(bank.events(bob), ["Fidelis.AccountOpened.v1", "Fidelis.DepositMade.v1"]);
    all_is_over(&bank);

    // All of it is one causal chain, and what the accounts did says for whom, without a field for it.
    let begun = bank.stream("fidelis::transfer", transfer)[0].metadata.origin.correlation_id;
    let withdrawn = bank.stream("fidelis::account", alice)[1].metadata.clone();
    assert_eq!(withdrawn.origin.correlation_id, begun);
    let process = bank.stream("fidelis::funds_transfer", transfer);
    assert_eq!(process.len(), 4, "started, withdrawn, deposited, completed");
    assert_eq!(withdrawn.origin.process.as_ref(), Some(&process[0].metadata.stream));
}

#[test]
fn chapter_9_more_than_there_is_is_refused_and_nothing_happens_to_the_accounts() {
    let bank = Bank::open();
    let (alice, bob) = customers(&bank);
    let transfer = bank.accepts(transferring(alice, bob, dollars(10_001)));
    assert_eq!(ended(&bank, transfer), (TransferStatus::Failed, Some(OVERDRAFT.to_owned())));
    assert_eq!(balances(&bank, (alice, bob)), (dollars(10_000), dollars(5_000)));
    assert_eq!((bank.events(alice).len(), bank.events(bob).len()), (1, 1));
    all_is_over(&bank);
    // To the cent, it goes.
    let transfer = bank.accepts(transferring(alice, bob, dollars(10_000)));
    assert_eq!(ended(&bank, transfer).0, TransferStatus::Completed);
    assert_eq!(balances(&bank, (alice, bob)), (Money::ZERO, dollars(15_000)));
}

#[test]
fn chapter_9_what_cannot_arrive_comes_back() {
    let bank = Bank::open();
    let (alice, bob) = customers(&bank);
    bank.accepts(withdrawal(bob, dollars(5_000)));
    bank.accepts(closing(bob));
    let nobody = Id::named("nobody");
    let unknown = format!("there is no `Account` with the identity {nobody}");
    for (destination, reason) in [(bob, "Account is closed"), (nobody, unknown.as_str())] {
        let transfer = bank.accepts(transferring(alice, destination, dollars(3_000)));
        let (status, why) = ended(&bank, transfer);
        assert_eq!(status, TransferStatus::Failed);
        assert!(why.as_deref().is_some_and(|why| why.contains(reason)), "{why:?}");
        assert_eq!(balances(&bank, (alice, bob)), (dollars(10_000), Money::ZERO));
    }
    let events = bank.events(alice);
    assert_eq!(events.len(), 5, "opened, and twice withdrawn and given back: {events:?}");
    all_is_over(&bank);
}

#[test]
fn chapter_9_a_source_that_does_not_exist_is_a_reason_too() {
    let bank = Bank::open();
    let (alice, _) = customers(&bank);
    let transfer = bank.accepts(transferring(Id::named("nobody"), alice, dollars(1)));
    assert_eq!(ended(&bank, transfer).0, TransferStatus::Failed);
    assert_eq!(bank.account(alice).balance, dollars(10_000));
    all_is_over(&bank);
}

#[test]
fn chapter_9_many_transfers_and_people_at_the_counter_do_not_disturb_each_other() {
    let bank = Bank::open();
    let (alice, bob) = customers(&bank);
    let transfers: Vec<Id<Transfer>> = thread::scope(|scope| {
        let runs: Vec<_> = (1..=6)
            .map(|run| {
                let bank = &bank;
                scope.spawn(move || {
                    let mut transfers = Vec::new();
                    for amount in 1..=5 {
                        let (from, to) = if run % 2 == 0 { (alice, bob) } else { (bob, alice) };
                        transfers.push(bank.process(transferring(from, to, dollars(amount * run))).unwrap().value);
                        let _ = bank.process(deposit(from, dollars(amount * run))).unwrap();
                        let _ = bank.process(withdrawal(to, dollars(1))).unwrap();
                    }
                    transfers
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(transfers.len(), 30);
    for transfer in transfers {
        assert_eq!(ended(&bank, transfer), (TransferStatus::Completed, None));
        assert_eq!(bank.stream("fidelis::funds_transfer", transfer).len(), 4);
        assert_eq!(bank.stream("fidelis::transfer", transfer).len(), 2, "it ended once");
    }
    // Alice to Bob 15 * (2 + 4 + 6), back 15 * (1 + 3 + 5), and the deposits made up for it; 15 times a dollar left each of them.
    let (alice_has, bob_has) = balances(&bank, (alice, bob));
    assert_eq!((alice_has, bob_has), (dollars(10_000 + 135 - 15), dollars(5_000 + 180 - 15)));
    all_is_over(&bank);
}

/// Whoever lets nothing through to Bob: the deposit is neither refused nor made.
fn without_bob(store: &MemoryStore, bob: Id<Account>) -> Observed<fn(u64) -> Fate> {
    let stream = format!("fidelis::account-{bob}");
    Observed::new(store.clone(), (|_| Fate::Happens) as fn(u64) -> Fate)
        .refusing(move |commit| commit.appends.iter().any(|append| append.stream.as_str() == stream))
}

#[test]
fn chapter_9_what_keeps_failing_is_given_up_and_comes_back() {
    let open = Bank::open();
    let (alice, bob) = customers(&open);
    let bank = Bank::behind(without_bob(&open.store, bob), open.store.clone());
    let transfer = bank.process(transferring(alice, bob, dollars(3_000))).unwrap().value;
    assert_eq!(balances(&bank, (alice, bob)), (dollars(7_000), dollars(5_000)), "under way");
    for _ in 0..RetryPolicy::default().attempts {
        bank.clock.advance(SignedDuration::from_mins(2));
        block_on(bank.engine.settle()).unwrap();
    }
    let (status, why) = ended(&bank, transfer);
    assert_eq!(status, TransferStatus::Failed);
    assert!(why.as_deref().is_some_and(|why| why.contains("the store is full")), "{why:?}");
    assert_eq!(balances(&bank, (alice, bob)), (dollars(10_000), dollars(5_000)));
    all_is_over(&bank);
    // And Bob, when he is back, is not given the money late.
    let bank = Bank::on(open.store);
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(balances(&bank, (alice, bob)), (dollars(10_000), dollars(5_000)));
}

#[test]
fn chapter_9_when_nothing_happens_for_too_long_the_timer_ends_it() -> Result<(), Error> {
    let open = Bank::open();
    let (alice, bob) = customers(&open);
    let bank = Bank::behind(without_bob(&open.store, bob), open.store.clone());
    let transfer = bank.process(transferring(alice, bob, dollars(3_000)))?.value;
    bank.clock.advance(SignedDuration::from_hours(24));
    block_on(bank.engine.settle())?;
    let (status, why) = ended(&bank, transfer);
    assert_eq!((status, why.as_deref()), (TransferStatus::Failed, Some("The transfer took too long")));
    assert_eq!(balances(&bank, (alice, bob)), (dollars(10_000), dollars(5_000)));
    all_is_over(&bank);
    Ok(())
}

#[test]
fn chapter_9_a_transfer_goes_on_after_a_restart() {
    let open = Bank::open();
    let (alice, bob) = customers(&open);
    let bank = Bank::behind(without_bob(&open.store, bob), open.store.clone());
    let transfer = bank.process(transferring(alice, bob, dollars(3_000))).unwrap().value;
    assert_eq!(ended(&bank, transfer).0, TransferStatus::Initiated);
    assert_eq!(conserved(&bank.log()).values().copied().sum::<Money>(), dollars(3_000));
    drop(bank);
    let bank = Bank::on(open.store);
    bank.clock.advance(SignedDuration::from_mins(2));
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(ended(&bank, transfer), (TransferStatus::Completed, None));
    assert_eq!(balances(&bank, (alice, bob)), (dollars(7_000), dollars(8_000)));
    all_is_over(&bank);
}
