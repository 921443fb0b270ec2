use fidelis::prelude::*;

#[command]
pub struct MakeDeposit {
    pub amount: i64,
}

fn main() {}
