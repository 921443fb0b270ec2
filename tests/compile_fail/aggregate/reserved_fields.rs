use fidelis::prelude::*;

#[aggregate(fact_events)]
pub struct Account {
    pub id: i64,
    pub root: i64,
}

#[aggregate]
impl Account {}

fn main() {}
