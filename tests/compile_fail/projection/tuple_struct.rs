use fidelis::prelude::*;

#[projection]
pub struct Balance(String, i64);

fn main() {}
