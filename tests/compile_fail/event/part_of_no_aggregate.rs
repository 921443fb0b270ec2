use fidelis::prelude::*;

pub struct Account {}

#[event(part_of = Account)]
pub struct DepositMade {
    pub amount: i64,
}

fn main() {}
