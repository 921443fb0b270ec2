use fidelis::prelude::*;

#[aggregate(event_sourcd, fact_events)]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {}

fn main() {}
