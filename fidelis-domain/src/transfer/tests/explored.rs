//! Every order in which transfers can happen, with every duplicate, crash, refusal and late timer: no money is made, none is missing.

use fidelis::{
    Id,
    explore::{Exploration, World, explore},
};

use super::bob;
use crate::{
    account::{Account, AccountOpened},
    money::{Money, dollars},
    tests::{alice, closing, conserved, opened, transferring},
    transfer::{FundsTransfer, Transfer, TransferStatus},
};

fn account_of_bob() -> AccountOpened {
    AccountOpened {
        account_id: bob(),
        account_number: "ACC-002".to_owned(),
        holder_name: "Bob".to_owned(),
        ..opened(Money::ZERO)
    }
}

fn accounts() -> Exploration {
    explore(crate::domain())
        .given(alice(), opened(dollars(10)))
        .given(bob(), account_of_bob())
        .always("what is under way is nothing or what was taken out", |world| drop(conserved(&world.log())))
        .eventually("no money is missing", no_money_is_missing)
        .eventually("every transfer ends", every_transfer_ends)
}

fn no_money_is_missing(world: &World<'_>) -> bool {
    let in_accounts: Money = world.all::<Account>().iter().map(|account| account.balance).sum();
    in_accounts == dollars(10) && conserved(&world.log()).values().all(|under_way| *under_way == Money::ZERO)
}

fn every_transfer_ends(world: &World<'_>) -> bool {
    world.all::<Transfer>().iter().all(|transfer| transfer.status != TransferStatus::Initiated)
        && world.processes::<FundsTransfer>().iter().all(|process| process.status.is_over())
}

fn has(id: Id<Account>, amount: Money) -> impl Fn(&World<'_>) -> bool {
    move |world| world.find(id).is_some_and(|account| account.balance == amount)
}

#[test]
fn chapter_9_two_transfers_with_money_for_one() {
    accounts()
        .when([transferring(alice(), bob(), dollars(7)), transferring(alice(), bob(), dollars(6))])
        .duplicates(1)
        .early_timers(0)
        .sometimes("the first one arrives", has(bob(), dollars(7)))
        .sometimes("the second one arrives", has(bob(), dollars(6)))
        .run();
}

#[test]
fn chapter_9_a_transfer_into_an_account_that_is_being_closed() {
    let report = accounts()
        .when([transferring(alice(), bob(), dollars(7))])
        .when([closing(bob())])
        .early_timers(1)
        .sometimes("it arrives", has(bob(), dollars(7)))
        .sometimes("it comes back", |world| {
            world.all::<Transfer>().iter().any(|transfer| transfer.reason.as_deref() == Some("{status: [Account is closed]}"))
        })
        .sometimes("it took too long", |world| {
            world.all::<Transfer>().iter().any(|transfer| transfer.reason.as_deref() == Some("The transfer took too long"))
        })
        .run();
    assert!(!report.unreached.iter().any(|line| line.contains("`give_back`") || line.contains("`overdue`")), "{report}");
}

/// Noting that it has arrived fails, and the timer fires at that moment.
#[test]
fn chapter_9_a_transfer_while_the_store_fails() {
    accounts().when([transferring(alice(), bob(), dollars(7))]).duplicates(0).failures(1).run();
}
