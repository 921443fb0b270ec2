use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {}

fn main() {}
