use fidelis::prelude::*;

#[projection(table = "balances")]
pub struct Balance {
    #[identifier]
    pub account_number: String,
}

fn main() {}
