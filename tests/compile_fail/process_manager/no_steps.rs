use fidelis::prelude::*;

#[aggregate]
pub struct Transfer {}

#[aggregate]
impl Transfer {}

#[event(part_of = Transfer)]
pub struct TransferInitiated;

#[process_manager(correlate = transfer_id)]
pub struct FundsTransfer {
    pub transfer_id: Id<Transfer>,
}

fn main() {}
