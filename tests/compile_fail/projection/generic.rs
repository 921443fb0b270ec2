use fidelis::prelude::*;

#[projection]
pub struct Balance<T> {
    #[identifier]
    pub account_number: T,
}

fn main() {}
