//! What has to hold of every transfer, and what it is asked of.

use fidelis::{
    Aggregate, Id,
    explore::{Answer, Exploration, World, explore},
};

use super::{bank::*, domain};

pub(super) fn alice() -> Id<Account> {
    Id::named("alice")
}

pub(super) fn bob() -> Id<Account> {
    Id::named("bob")
}

/// Ten in one account, nothing in the other.
pub(super) fn accounts() -> Exploration {
    explore(domain()).given(alice(), Opened { amount: 10 }).given(bob(), Opened { amount: 0 })
}

pub(super) fn transfer_of(amount: i64) -> Initiate {
    Initiate { from: alice(), to: bob(), amount }
}

/// Two transfers for which the money is enough for one.
pub(super) fn two_transfers() -> Exploration {
    held_to_all(accounts().when([transfer_of(7), transfer_of(6)]))
}

/// One, and nothing in its way.
pub(super) fn one_transfer() -> Exploration {
    held_to_all(accounts().when([transfer_of(7)]))
}

/// One that is sent by somebody without a key.
pub(super) fn one_without_a_key() -> Exploration {
    held_to_all(accounts().when_unkeyed([transfer_of(4)]))
}

/// One into an account that somebody may close.
pub(super) fn into_a_closing_account() -> Exploration {
    held_to_all(accounts().when([transfer_of(7)]).when([Close { account: bob() }]))
}

fn held_to_all(exploration: Exploration) -> Exploration {
    exploration
        .always("no money is made", no_money_is_made)
        .always("what is completed has arrived", what_is_completed_has_arrived)
        .always("what has failed is back", what_has_failed_is_back)
        .always("nothing is moved twice", nothing_is_moved_twice)
        .eventually("no money is missing", no_money_is_missing)
        .eventually("every transfer ends", every_transfer_ends)
}

fn in_accounts(world: &World<'_>) -> i64 {
    world.all::<Account>().iter().map(|account| account.balance).sum()
}

pub(super) fn no_money_is_made(world: &World<'_>) -> Result<(), String> {
    match in_accounts(world) {
        0..=10 => Ok(()),
        more => Err(format!("{more} in the accounts")),
    }
}

fn no_money_is_missing(world: &World<'_>) -> Result<(), String> {
    match in_accounts(world) {
        10.. => Ok(()),
        less => Err(format!("{less} in the accounts")),
    }
}

fn every_transfer_ends(world: &World<'_>) -> bool {
    world.all::<Transfer>().iter().all(|transfer| transfer.status != Status::UnderWay)
}

fn what_is_completed_has_arrived(world: &World<'_>) -> bool {
    let transfers = world.all::<Transfer>();
    let completed = transfers.iter().filter(|transfer| transfer.status == Status::Completed);
    world.find(bob()).is_some_and(|bob| bob.balance >= completed.map(|transfer| transfer.amount).sum())
}

/// Once a transfer says that it has failed, what its process took out is put back in.
fn what_has_failed_is_back(world: &World<'_>) {
    for transfer in world.all::<Transfer>().into_iter().filter(|transfer| transfer.status == Status::Failed) {
        let own = |id: &str| id == transfer.id().to_string();
        let out = world.issued::<Withdraw>().into_iter();
        let out = out.filter(|issued| own(issued.process.id()) && issued.answer == Answer::Accepted).count();
        let back = world.issued::<Deposit>().into_iter();
        let back = back.filter(|issued| own(issued.process.id()) && issued.answer == Answer::Accepted).count();
        assert!(out <= back, "taken out {out} times, put in {back} times");
    }
}

/// Each was asked for once.
fn nothing_is_moved_twice(world: &World<'_>) -> bool {
    let transfers = world.all::<Transfer>();
    [4, 6, 7].iter().all(|amount| transfers.iter().filter(|transfer| transfer.amount == *amount).count() <= 1)
}
