use fidelis::prelude::*;

#[identifier]
pub struct AccountNumber(String);

fn main() {}
