use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {}

fn main() {}
