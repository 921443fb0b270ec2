use fidelis::prelude::*;

#[event]
pub struct DepositMade {
    pub amount: i64,
}

fn main() {}
