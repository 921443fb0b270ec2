//! How an account with money in it is closed: paid out, closed; and if it cannot be closed, paid back.

use fidelis::prelude::*;

use super::{AbandonClosure, Closure, ClosureAbandoned, ClosureCompleted, ClosureRequested, CompleteClosure};
use crate::{
    account::{Account, AccountClosed, CloseAccount, DepositMade, MakeDeposit, MakeWithdrawal, WithdrawalMade},
    money::Money,
};

/// An account that is being closed.
#[process_manager(correlate = closure_id)]
pub struct AccountClosing {
    /// The closure.
    pub closure_id: Id<Closure>,
    /// The account to be closed.
    pub account_id: Id<Account>,
    /// The account that gets the money.
    pub pay_out_to: Id<Account>,
    /// What was in the account.
    pub balance: Money,
}

// A closure is noted as completed or abandoned by nobody but its process, and once.
#[process_manager(never_rejected = [CompleteClosure, AbandonClosure])]
impl AccountClosing {
    #[handle(start)]
    fn on_closure_requested(&mut self, event: &ClosureRequested, then: &mut Effects<Self>) {
        self.account_id = event.account_id;
        self.pay_out_to = event.pay_out_to;
        self.balance = event.balance;
        if self.balance > Money::ZERO {
            then.issue(self.withdrawal_from(self.account_id));
        } else {
            then.issue(self.close());
        }
    }

    #[handle(issued)]
    fn on_withdrawal_made(&mut self, _: &WithdrawalMade, then: &mut Effects<Self>) {
        then.issue(self.deposit_into(self.pay_out_to));
    }

    #[handle(issued)]
    fn on_deposit_made(&mut self, _: &DepositMade, then: &mut Effects<Self>) {
        then.issue(self.close());
    }

    #[handle(issued)]
    fn on_account_closed(&mut self, _: &AccountClosed, then: &mut Effects<Self>) {
        then.keep();
        then.issue(CompleteClosure { closure_id: self.closure_id });
    }

    #[on_rejected]
    fn on_withdrawal_rejected(&mut self, _: &MakeWithdrawal, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    /// Somebody has put money in, meanwhile.
    #[on_rejected]
    fn on_close_rejected(&mut self, _: &CloseAccount, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[undo]
    fn take_back(&mut self, done: &MakeDeposit, then: &mut Effects<Self>) {
        then.issue(self.withdrawal_from(done.account_id));
    }

    #[undo]
    fn give_back(&mut self, done: &MakeWithdrawal, then: &mut Effects<Self>) {
        then.issue(self.deposit_into(done.account_id));
    }

    #[on_undone]
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.issue(AbandonClosure { closure_id: self.closure_id, reason: why.to_owned() });
    }

    #[handle(end)]
    fn on_closure_completed(&mut self, _: &ClosureCompleted) {}

    #[handle(end)]
    fn on_closure_abandoned(&mut self, _: &ClosureAbandoned) {}

    fn withdrawal_from(&self, account_id: Id<Account>) -> MakeWithdrawal {
        MakeWithdrawal { account_id, amount: self.balance, reference: self.reference() }
    }

    fn deposit_into(&self, account_id: Id<Account>) -> MakeDeposit {
        MakeDeposit { account_id, amount: self.balance, reference: self.reference() }
    }

    fn close(&self) -> CloseAccount {
        CloseAccount { account_id: self.account_id, reason: self.reference() }
    }

    fn reference(&self) -> Option<String> {
        Some(format!("closure:{}", self.closure_id))
    }
}
