//! Chapter 9: a transfer, and the process that carries it out.

use fidelis::{prelude::*, testing::*};

use super::{
    CompleteTransfer, FailTransfer, InitiateTransfer, Transfer, TransferCompleted, TransferFailed, TransferInitiated,
    TransferStatus,
};
use crate::{
    account::Account,
    money::{Money, cents, dollars},
};

fn transfer() -> Id<Transfer> {
    Id::named("transfer")
}

fn alice() -> Id<Account> {
    Id::named("ACC-001")
}

fn bob() -> Id<Account> {
    Id::named("ACC-002")
}

fn initiated() -> TransferInitiated {
    let (source_account_id, destination_account_id) = (alice(), bob());
    TransferInitiated { transfer_id: transfer(), source_account_id, destination_account_id, amount: dollars(3000) }
}

fn initiating(source_account_id: Id<Account>, destination_account_id: Id<Account>, amount: Money) -> InitiateTransfer {
    InitiateTransfer { source_account_id, destination_account_id, amount }
}

fn completing() -> CompleteTransfer {
    CompleteTransfer { transfer_id: transfer() }
}

fn failing(reason: &str) -> FailTransfer {
    FailTransfer { transfer_id: transfer(), reason: reason.to_owned() }
}

#[test]
fn a_transfer_moves_something_and_between_two_accounts() {
    for amount in [Money::ZERO, cents(-1)] {
        given_nothing()
            .when(initiating(alice(), bob(), amount))
            .then_rejected("amount", "Transfer amount must be positive")
            .then_no_events();
    }
    given_nothing()
        .when(initiating(alice(), alice(), dollars(1)))
        .then_rejected("destination_account_id", "Cannot transfer to the same account")
        .then_no_events();
}

#[test]
fn a_transfer_is_completed_or_fails_with_the_reason() {
    given(initiated())
        .when(completing())
        .then_events(TransferCompleted { transfer_id: transfer() })
        .then_state(|transfer| assert_eq!((transfer.status, &transfer.reason), (TransferStatus::Completed, &None)));
    given(initiated())
        .when(failing("no money"))
        .then_events(TransferFailed { transfer_id: transfer(), reason: "no money".to_owned() })
        .then_state(|transfer| {
            assert_eq!((transfer.status, transfer.reason.as_deref()), (TransferStatus::Failed, Some("no money")));
        });
}

#[test]
fn a_transfer_ends_once() {
    const ENDED: &str = "Transfer has ended already";
    let completed = || given((initiated(), TransferCompleted { transfer_id: transfer() }));
    let failed = || given((initiated(), TransferFailed { transfer_id: transfer(), reason: "no money".to_owned() }));
    completed().when(completing()).then_rejected("status", ENDED).then_no_events();
    completed().when(failing("late")).then_rejected("status", ENDED).then_no_events();
    failed().when(completing()).then_rejected("status", ENDED).then_no_events();
    failed().when(failing("late")).then_rejected("status", ENDED).then_no_events();
}
