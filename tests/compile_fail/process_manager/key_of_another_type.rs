use fidelis::prelude::*;

#[aggregate]
pub struct Transfer {}

#[aggregate]
impl Transfer {}

#[event(part_of = Transfer)]
pub struct TransferInitiated {
    pub amount: f64,
}

#[process_manager(correlate = amount)]
pub struct FundsTransfer {
    pub amount: f64,
}

#[process_manager]
impl FundsTransfer {
    #[handle(start, correlate = amount)]
    fn on_transfer_initiated(&mut self, _: &TransferInitiated) {}
}

fn main() {}
