use fidelis::prelude::*;

#[aggregate]
pub struct Account {
    pub balance: i64,
}

#[aggregate(event_sourced)]
impl Account {}

fn main() {}
