use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade {
    #[identifier]
    pub account_id: Id<Account>,
}

fn main() {}
