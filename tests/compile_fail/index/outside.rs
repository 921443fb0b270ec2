use fidelis::prelude::*;

#[index]
pub struct Balances(Vec<i64>);

fn main() {}
