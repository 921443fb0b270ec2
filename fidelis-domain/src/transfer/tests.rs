//! Chapter 9: what a transfer is; what its process does stands in the files below.

mod crashes;
mod explored;
mod process;
mod steps;

use fidelis::{prelude::*, testing::*};

use super::{Transfer, TransferStatus};
use crate::{
    account::Account,
    money::{Money, cents, dollars},
    tests::{alice, transferring},
};

fn bob() -> Id<Account> {
    Id::named("ACC-002")
}

fn initiated() -> Transfer {
    Transfer::initiate(Id::named("transfer"), alice(), bob(), dollars(3_000)).unwrap()
}

#[test]
fn a_transfer_moves_something_and_between_two_accounts() {
    for amount in [Money::ZERO, cents(-1)] {
        given_nothing()
            .when(transferring(alice(), bob(), amount))
            .then_rejected("amount", "Transfer amount must be positive")
            .then_no_events();
    }
    given_nothing()
        .when(transferring(alice(), alice(), dollars(1)))
        .then_rejected("destination_account_id", "Cannot transfer to the same account")
        .then_no_events();
}

#[test]
fn a_transfer_is_completed_or_fails_with_the_reason() {
    let mut transfer = initiated();
    assert_eq!((transfer.status, &transfer.reason), (TransferStatus::Initiated, &None));
    transfer.complete().unwrap();
    assert_eq!((transfer.status, &transfer.reason), (TransferStatus::Completed, &None));
    let mut transfer = initiated();
    transfer.fail("no money".to_owned()).unwrap();
    assert_eq!((transfer.status, transfer.reason.as_deref()), (TransferStatus::Failed, Some("no money")));
}

#[test]
fn a_transfer_ends_once() {
    let (mut completed, mut failed) = (initiated(), initiated());
    completed.complete().unwrap();
    failed.fail("no money".to_owned()).unwrap();
    for ended in [completed, failed] {
        let (mut completed, mut failed) = (ended.clone(), ended.clone());
        assert!(completed.complete().unwrap_err().says("status", "Transfer has ended already"));
        assert!(failed.fail("late".to_owned()).unwrap_err().says("status", "Transfer has ended already"));
        assert_eq!((&completed, &failed), (&ended, &ended));
    }
}
