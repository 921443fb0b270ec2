use fidelis::prelude::*;

#[projection(name = "Account Balances")]
pub struct AccountBalance {
    #[identifier]
    pub account_number: String,
}

fn main() {}
