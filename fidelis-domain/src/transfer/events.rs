//! What happens to a transfer.

use fidelis::prelude::*;

use super::Transfer;
use crate::{account::Account, money::Money};

/// Somebody wants money to be moved.
#[event(part_of = Transfer)]
pub struct TransferInitiated {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Money,
}

/// The money has arrived.
#[event(part_of = Transfer)]
pub struct TransferCompleted {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
}

/// The money is where it was before.
#[event(part_of = Transfer)]
pub struct TransferFailed {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Why.
    pub reason: String,
}
