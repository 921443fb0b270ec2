//! The transfer: money on its way from one account to another one, and how far it is.

mod commands;
mod events;
mod handler;
mod process;
#[cfg(test)]
mod tests;

pub use commands::{CompleteTransfer, FailTransfer, InitiateTransfer};
pub use events::{TransferCompleted, TransferFailed, TransferInitiated};
pub use handler::TransferCommandHandler;
pub use process::FundsTransfer;

use fidelis::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{account::Account, money::Money};

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Column)]
#[serde(rename_all = "UPPERCASE")]
pub enum TransferStatus {
    /// The money is on its way.
    #[default]
    Initiated,
    /// It has arrived.
    Completed,
    /// It is where it was before.
    Failed,
}

/// A transfer between two accounts.
#[aggregate(event_sourced)]
pub struct Transfer {
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: TransferStatus,
    /// Why it failed, if it did.
    pub reason: Option<String>,
}

#[aggregate]
impl Transfer {
    /// Asks for money to be moved; the accounts are not touched yet.
    ///
    /// # Errors
    /// Nothing or less; an account that is source and destination at once.
    pub fn initiate(
        id: Id<Transfer>,
        source_account_id: Id<Account>,
        destination_account_id: Id<Account>,
        amount: Money,
    ) -> Result<Transfer, Rejection> {
        ensure!(amount > Money::ZERO, amount: "Transfer amount must be positive");
        ensure!(source_account_id != destination_account_id, destination_account_id: "Cannot transfer to the same account");
        let mut transfer = Transfer::new(id);
        transfer.raise(TransferInitiated { transfer_id: id, source_account_id, destination_account_id, amount })?;
        Ok(transfer)
    }

    /// The money has arrived.
    ///
    /// # Errors
    /// When the transfer has ended before.
    pub fn complete(&mut self) -> Result<(), Rejection> {
        self.raise(TransferCompleted { transfer_id: self.id() })
    }

    /// The money is where it was before.
    ///
    /// # Errors
    /// When the transfer has ended before.
    pub fn fail(&mut self, reason: String) -> Result<(), Rejection> {
        self.raise(TransferFailed { transfer_id: self.id(), reason })
    }

    #[apply]
    fn on_transfer_initiated(&mut self, event: &TransferInitiated) {
        self.source_account_id = event.source_account_id;
        self.destination_account_id = event.destination_account_id;
        self.amount = event.amount;
    }

    #[apply]
    fn on_transfer_completed(&mut self, _: &TransferCompleted) {
        self.status = TransferStatus::Completed;
    }

    #[apply]
    fn on_transfer_failed(&mut self, event: &TransferFailed) {
        self.status = TransferStatus::Failed;
        self.reason = Some(event.reason.clone());
    }

    /// A transfer ends once.
    #[invariant(pre)]
    fn transfer_must_not_have_ended(&self) -> Result<(), Rejection> {
        ensure!(self.status == TransferStatus::Initiated, status: "Transfer has ended already")
    }
}
