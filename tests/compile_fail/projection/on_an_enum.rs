use fidelis::prelude::*;

#[projection]
pub enum Balance {
    Positive,
    Negative,
}

fn main() {}
