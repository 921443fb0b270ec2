use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[derive(Default)]
pub struct AccountCommandHandler;

pub struct MakeDeposit {
    pub account_id: Id<Account>,
}

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn make_deposit(&self, _: MakeDeposit, _: &mut Account) -> Result<(), Rejection> {
        Ok(())
    }
}

fn main() {}
