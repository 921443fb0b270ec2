use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade(i64);

fn main() {}
