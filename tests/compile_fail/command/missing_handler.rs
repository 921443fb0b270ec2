use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
}

fn main() {}
