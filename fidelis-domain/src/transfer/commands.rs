//! What can be asked of a transfer.

use fidelis::prelude::*;

use super::Transfer;
use crate::{account::Account, money::Money};

/// Move money from one account to another one.
#[command(part_of = Transfer)]
pub struct InitiateTransfer {
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Money,
}

/// Note that the money has arrived.
#[command(part_of = Transfer)]
pub struct CompleteTransfer {
    /// The transfer.
    #[identifier]
    pub transfer_id: Id<Transfer>,
}

/// Note that the money is where it was before.
#[command(part_of = Transfer)]
pub struct FailTransfer {
    /// The transfer.
    #[identifier]
    pub transfer_id: Id<Transfer>,
    /// Why.
    pub reason: String,
}
