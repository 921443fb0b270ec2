use fidelis::prelude::*;

#[aggregate]
pub struct Stock<T> {
    pub of: T,
}

#[aggregate]
impl<T> Stock<T> {}

fn main() {}
