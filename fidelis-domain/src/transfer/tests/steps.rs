//! The transfer's process by itself: what it issues when it is told what became of what it issued before.

use fidelis::{Id, Rejection, reject, testing::*};

use super::bob;
use crate::{
    account::{DepositMade, MakeDeposit, MakeWithdrawal, WithdrawalMade},
    money::dollars,
    tests::{alice, opened},
    transfer::{CompleteTransfer, FailTransfer, FundsTransfer, Transfer, TransferInitiated},
};

fn transfer_id() -> Id<Transfer> {
    Id::named("transfer")
}

fn reference() -> Option<String> {
    Some(format!("transfer:{}", transfer_id()))
}

fn initiated() -> TransferInitiated {
    let (source_account_id, destination_account_id) = (alice(), bob());
    TransferInitiated { transfer_id: transfer_id(), source_account_id, destination_account_id, amount: dollars(3_000) }
}

fn withdrawal() -> MakeWithdrawal {
    MakeWithdrawal { account_id: alice(), amount: dollars(3_000), reference: reference() }
}

fn deposit() -> MakeDeposit {
    MakeDeposit { account_id: bob(), amount: dollars(3_000), reference: reference() }
}

fn given_back() -> MakeDeposit {
    MakeDeposit { account_id: alice(), ..deposit() }
}

fn withdrawn() -> WithdrawalMade {
    WithdrawalMade { account_id: alice(), amount: dollars(3_000), reference: reference() }
}

fn arrived() -> DepositMade {
    DepositMade { account_id: bob(), amount: dollars(3_000), reference: reference() }
}

fn failing(reason: &str) -> FailTransfer {
    FailTransfer { transfer_id: transfer_id(), reason: reason.to_owned() }
}

/// The accounts do nothing: the test says what they answer.
fn alone() -> Given<OneProcess<FundsTransfer>> {
    given_process::<FundsTransfer>(transfer_id()).alone()
}

fn closed() -> Rejection {
    reject!(status: "Account is closed")
}

#[test]
fn chapter_9_money_goes_out_then_in_then_it_is_completed() {
    alone()
        .when_happened(transfer_id(), initiated())
        .then_issued(withdrawal())
        .then_timers([(FundsTransfer::OVERDUE, hours(24))])
        .when_answered(alice(), withdrawn())
        .then_issued(deposit())
        .when_answered(bob(), arrived())
        .then_issued(CompleteTransfer { transfer_id: transfer_id() })
        .then_timers([])
        .when_redelivered()
        .then_issued(());
}

#[test]
fn chapter_9_a_refused_withdrawal_fails_it_and_nothing_is_given_back() {
    alone()
        .rejecting::<MakeWithdrawal>(closed())
        .when_happened(transfer_id(), initiated())
        .then_steps(["on_transfer_initiated", "on_withdrawal_rejected", "on_undone"])
        .then_issued((withdrawal(), failing("{status: [Account is closed]}")));
}

#[test]
fn chapter_9_a_refused_deposit_gives_the_money_back_and_fails_it() {
    alone()
        .rejecting::<MakeDeposit>(closed())
        .events(transfer_id(), initiated())
        .when_answered(alice(), withdrawn())
        .then_issued((deposit(), given_back(), failing("{status: [Account is closed]}")))
        .then_timers([])
        .when_redelivered()
        .then_issued(());
}

#[test]
fn chapter_9_money_that_cannot_be_given_back_needs_a_person() {
    alone()
        .rejecting::<MakeDeposit>(closed())
        .rejecting::<MakeDeposit>(reject!(status: "Account is closed, too"))
        .events(transfer_id(), initiated())
        .when_answered(alice(), withdrawn())
        .then_issued((deposit(), given_back()))
        .then_needs_person("`MakeDeposit` was refused: {status: [Account is closed, too]}");
}

#[test]
fn chapter_9_a_transfer_that_will_not_be_completed_needs_a_person() {
    alone()
        .rejecting::<CompleteTransfer>(reject!(status: "Transfer has ended already"))
        .events(transfer_id(), initiated())
        .answered(alice(), withdrawn())
        .when_answered(bob(), arrived())
        .then_needs_person("`CompleteTransfer` was refused: {status: [Transfer has ended already]}");
}

#[test]
fn chapter_9_a_day_later_it_is_taken_back() {
    alone()
        .events(transfer_id(), initiated())
        .when_passed(hours(23))
        .then_issued(())
        .when_passed(hours(1))
        .then_issued((given_back(), failing("The transfer took too long")));
}

#[test]
fn chapter_9_money_that_comes_out_when_it_is_overdue_is_not_sent_on() {
    alone()
        .events(transfer_id(), initiated())
        .when_passed(hours(24))
        .then_issued((given_back(), failing("The transfer took too long")))
        .when_answered(alice(), withdrawn())
        .then_issued(());
}

#[test]
fn chapter_9_what_arrives_when_it_is_overdue_is_there() {
    alone()
        .events(transfer_id(), initiated())
        .answered(alice(), withdrawn())
        .answered(bob(), arrived())
        .when_passed(hours(48))
        .then_issued(())
        .then_timers([]);
}

#[test]
fn chapter_9_a_crash_changes_nothing_and_neither_does_a_second_delivery() {
    for commits in 0..10 {
        given_process::<FundsTransfer>(transfer_id())
            .events(alice(), opened(dollars(10_000)))
            .crash_after(commits)
            .when_happened(transfer_id(), initiated())
            .then_issued((
                withdrawal(),
                deposit(),
                given_back(),
                failing(&format!("{{id: [there is no `Account` with the identity {}]}}", bob())),
            ))
            .then_completed()
            .when_redelivered()
            .then_issued(())
            .then_completed();
    }
}
