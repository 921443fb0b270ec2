use fidelis::prelude::*;

#[aggregate]
pub struct Account(i64);

#[aggregate]
pub struct Nothing;

fn main() {}
