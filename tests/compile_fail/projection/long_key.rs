use fidelis::prelude::*;

#[projection]
pub struct Balance {
    #[identifier]
    pub a: i64,
    #[identifier]
    pub b: i64,
    #[identifier]
    pub c: i64,
    #[identifier]
    pub d: i64,
    #[identifier]
    pub e: i64,
}

fn main() {}
