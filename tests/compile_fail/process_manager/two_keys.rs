use fidelis::prelude::*;

#[aggregate]
pub struct Transfer {}

#[aggregate]
impl Transfer {}

#[event(part_of = Transfer)]
pub struct TransferInitiated {
    pub parent: Id<Transfer>,
}

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade {
    pub transfer: Id<Transfer>,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn make_deposit(&self, _: MakeDeposit, _: &mut Account) -> Result<(), Rejection> {
        Ok(())
    }
}

#[process_manager(correlate = transfer_id)]
pub struct FundsTransfer {
    pub transfer_id: Id<Transfer>,
}

#[process_manager]
impl FundsTransfer {
    #[handle(start)]
    fn on_transfer_initiated(&mut self, _: &TransferInitiated) {}

    #[handle(correlate = parent)]
    fn on_child_initiated(&mut self, _: &TransferInitiated) {}

    #[handle(issued, end)]
    fn on_deposit_made(&mut self, _: &DepositMade) {}

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &MakeDeposit) {}
}

fn main() {}
