//! The closure's process by itself: two things done, and undone in reverse.

use fidelis::{Id, reject, testing::*};

use crate::{
    account::{Account, AccountClosed, CloseAccount, DepositMade, MakeDeposit, MakeWithdrawal, WithdrawalMade},
    closure::{AbandonClosure, AccountClosing, Closure, ClosureRequested, CompleteClosure},
    money::{Money, dollars},
    tests::alice,
};

fn closure_id() -> Id<Closure> {
    Id::named("closure")
}

fn current() -> Id<Account> {
    Id::named("ACC-002")
}

fn reference() -> Option<String> {
    Some(format!("closure:{}", closure_id()))
}

fn requested(balance: Money) -> ClosureRequested {
    ClosureRequested { closure_id: closure_id(), account_id: alice(), pay_out_to: current(), balance }
}

fn withdrawal(account_id: Id<Account>) -> MakeWithdrawal {
    MakeWithdrawal { account_id, amount: dollars(300), reference: reference() }
}

fn deposit(account_id: Id<Account>) -> MakeDeposit {
    MakeDeposit { account_id, amount: dollars(300), reference: reference() }
}

fn closing() -> CloseAccount {
    CloseAccount { account_id: alice(), reason: reference() }
}

fn paid_out() -> Given<OneProcess<AccountClosing>> {
    given_process::<AccountClosing>(closure_id())
        .alone()
        .events(closure_id(), requested(dollars(300)))
        .answered(alice(), WithdrawalMade { account_id: alice(), amount: dollars(300), reference: reference() })
}

fn arrived() -> DepositMade {
    DepositMade { account_id: current(), amount: dollars(300), reference: reference() }
}

#[test]
fn it_is_paid_out_closed_and_completed() {
    paid_out()
        .when_answered(current(), arrived())
        .then_issued(closing())
        .when_answered(alice(), AccountClosed { account_id: alice(), reason: reference() })
        .then_issued(CompleteClosure { closure_id: closure_id() })
        .when_redelivered()
        .then_issued(());
}

#[test]
fn an_empty_account_is_closed_at_once() {
    given_process::<AccountClosing>(closure_id())
        .alone()
        .when_happened(closure_id(), requested(Money::ZERO))
        .then_issued(closing());
}

#[test]
fn an_account_that_cannot_be_closed_gets_its_money_back_in_reverse() {
    paid_out()
        .rejecting::<CloseAccount>(reject!(status: "Cannot close account with non-zero balance"))
        .when_answered(current(), arrived())
        .then_steps(["on_deposit_made", "on_close_rejected", "take_back", "answered", "give_back", "answered", "on_undone"])
        .then_issued((
            closing(),
            withdrawal(current()),
            deposit(alice()),
            AbandonClosure {
                closure_id: closure_id(),
                reason: "{status: [Cannot close account with non-zero balance]}".to_owned(),
            },
        ));
}

#[test]
fn what_cannot_be_taken_back_is_not_given_back() {
    paid_out()
        .rejecting::<CloseAccount>(reject!(status: "Cannot close account with non-zero balance"))
        .rejecting::<MakeWithdrawal>(reject!(balance: "Insufficient funds"))
        .when_answered(current(), arrived())
        .then_issued((closing(), withdrawal(current())))
        .then_needs_person("`MakeWithdrawal` was refused: {balance: [Insufficient funds]}");
}
