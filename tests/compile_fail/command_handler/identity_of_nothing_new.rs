use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
    pub amount: i64,
}

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn make_deposit(&self, _: MakeDeposit, _: &mut Account, _: Id<Account>) -> Result<(), Rejection> {
        Ok(())
    }
}

fn main() {}
