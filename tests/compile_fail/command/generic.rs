use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command(part_of = Account)]
pub struct Change<T> {
    pub to: T,
}

fn main() {}
