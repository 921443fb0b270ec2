use fidelis::prelude::*;

#[aggregate]
pub struct Transfer {}

#[aggregate]
impl Transfer {}

#[event(part_of = Transfer)]
pub struct TransferInitiated;

#[process_manager]
pub struct FundsTransfer {
    pub transfer_id: Id<Transfer>,
}

#[process_manager]
impl FundsTransfer {
    #[handle(start)]
    fn on_transfer_initiated(&mut self, _: &TransferInitiated) {}
}

fn main() {}
