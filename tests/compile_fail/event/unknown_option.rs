use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account, versoin = 2)]
pub struct DepositMade {
    pub amount: i64,
}

fn main() {}
