//! Which method of the transfer answers which command.

use fidelis::prelude::*;

use super::{CompleteTransfer, FailTransfer, InitiateTransfer, Transfer};

/// Handles every command to transfers.
#[derive(Default)]
pub struct TransferCommandHandler;

#[command_handler(part_of = Transfer)]
impl TransferCommandHandler {
    #[handle]
    fn initiate_transfer(&self, command: InitiateTransfer, id: Id<Transfer>) -> Result<Transfer, Rejection> {
        Transfer::initiate(id, command.source_account_id, command.destination_account_id, command.amount)
    }

    #[handle]
    fn complete_transfer(&self, _: CompleteTransfer, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.complete()
    }

    #[handle]
    fn fail_transfer(&self, command: FailTransfer, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.fail(command.reason)
    }
}
