use fidelis::prelude::*;

#[projection]
pub struct Balance {
    pub account_number: String,
}

fn main() {}
