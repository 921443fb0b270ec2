use fidelis::prelude::*;

#[aggregate]
pub enum Account {
    Open,
    Closed,
}

fn main() {}
