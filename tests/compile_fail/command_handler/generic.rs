use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

pub struct Handler<T>(T);

#[command_handler(part_of = Account)]
impl<T> Handler<T> {}

fn main() {}
