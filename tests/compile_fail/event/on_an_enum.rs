use fidelis::prelude::*;

#[event(part_of = Account)]
pub enum AccountEvent {
    DepositMade { amount: i64 },
}

fn main() {}
