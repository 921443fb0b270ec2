use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn make_deposit(&self, _: MakeDeposit, _: &mut Account) -> Result<(), Rejection> {
        Ok(())
    }
}

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
    #[identifier]
    pub other_id: Id<Account>,
}

fn main() {}
