//! Every interleaving of transfers, by the real engine.

mod bank;
mod bounds;
mod bugs;
mod pasted;
mod properties;
mod tiers;
mod transfer;

use bank::{Status, Transfer};
use properties::{bob, into_a_closing_account, two_transfers};

fidelis::domain!("bank");

#[test]
fn two_transfers_of_money_that_is_enough_for_one() {
    let failed = |count: usize| {
        move |world: &fidelis::explore::World<'_>| {
            world.all::<Transfer>().iter().filter(|transfer| transfer.status == Status::Failed).count() == count
        }
    };
    let report = two_transfers()
        .sometimes("one fails", failed(1))
        .sometimes("both fail, because one took too long", failed(2))
        .sometimes("the first one arrives", |world| world.find(bob()).is_some_and(|bob| bob.balance == 7))
        .sometimes("the second one arrives", |world| world.find(bob()).is_some_and(|bob| bob.balance == 6))
        .run();
    assert!(report.worlds > 5_000, "{report}");
    assert!(report.unreached.iter().any(|line| line.contains("its `Deposit` was never refused")), "{report}");
}

#[test]
fn the_account_that_is_to_get_the_money_may_be_closed() {
    let report = into_a_closing_account()
        .sometimes("it comes back", |world| world.find(bob()).is_some_and(|bob| bob.closed && bob.balance == 0))
        .sometimes("it is there", |world| world.find(bob()).is_some_and(|bob| bob.balance == 7))
        .run();
    assert!(!report.unreached.iter().any(|line| line.contains("`give_back`")), "{report}");
}
