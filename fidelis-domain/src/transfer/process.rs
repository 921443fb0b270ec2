//! How a transfer is carried out: out of one account, into the other one, and back again if that is refused.

use fidelis::prelude::*;

use super::{CompleteTransfer, FailTransfer, Transfer, TransferCompleted, TransferFailed, TransferInitiated};
use crate::{
    account::{Account, DepositMade, MakeDeposit, MakeWithdrawal, WithdrawalMade},
    money::Money,
};

/// A transfer that has not arrived by then is taken back.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// A transfer on its way.
///
/// The accounts know nothing of it: what they answer finds its way back by itself.
#[process_manager(correlate = transfer_id)]
pub struct FundsTransfer {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// Whether it took too long: then no further step is begun.
    pub overdue: bool,
}

// A transfer is noted as completed or failed by nobody but its process, and once.
#[process_manager(never_rejected = [CompleteTransfer, FailTransfer])]
impl FundsTransfer {
    #[handle(start)]
    fn on_transfer_initiated(&mut self, event: &TransferInitiated, then: &mut Effects<Self>) {
        self.source_account_id = event.source_account_id;
        self.destination_account_id = event.destination_account_id;
        self.amount = event.amount;
        then.issue(MakeWithdrawal { account_id: self.source_account_id, amount: self.amount, reference: self.reference() });
        then.start_timer(Self::OVERDUE, PATIENCE);
    }

    #[handle(issued)]
    fn on_withdrawal_made(&mut self, _: &WithdrawalMade, then: &mut Effects<Self>) {
        if !self.overdue {
            then.issue(self.deposit_into(self.destination_account_id));
        }
    }

    /// Arrived: nothing takes it back any more, not even the timer.
    #[handle(issued)]
    fn on_deposit_made(&mut self, _: &DepositMade, then: &mut Effects<Self>) {
        then.keep();
        then.cancel_timer(Self::OVERDUE);
        then.issue(CompleteTransfer { transfer_id: self.transfer_id });
    }

    #[on_rejected]
    fn on_withdrawal_rejected(&mut self, _: &MakeWithdrawal, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_failed]
    fn on_withdrawal_failed(&mut self, _: &MakeWithdrawal, why: &str, then: &mut Effects<Self>) {
        then.undo(why);
    }

    #[on_failed]
    fn on_deposit_failed(&mut self, _: &MakeDeposit, why: &str, then: &mut Effects<Self>) {
        then.undo(why);
    }

    #[on_timeout("overdue")]
    fn on_overdue(&mut self, then: &mut Effects<Self>) {
        self.overdue = true;
        then.undo("The transfer took too long");
    }

    #[undo]
    fn give_back(&mut self, done: &MakeWithdrawal, then: &mut Effects<Self>) {
        then.issue(self.deposit_into(done.account_id));
    }

    #[on_undone]
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.cancel_timer(Self::OVERDUE);
        then.issue(FailTransfer { transfer_id: self.transfer_id, reason: why.to_owned() });
    }

    #[handle(end)]
    fn on_transfer_completed(&mut self, _: &TransferCompleted) {}

    #[handle(end)]
    fn on_transfer_failed(&mut self, _: &TransferFailed) {}

    fn deposit_into(&self, account_id: Id<Account>) -> MakeDeposit {
        MakeDeposit { account_id, amount: self.amount, reference: self.reference() }
    }

    /// What both customers read on their statements.
    fn reference(&self) -> Option<String> {
        Some(format!("transfer:{}", self.transfer_id))
    }
}
