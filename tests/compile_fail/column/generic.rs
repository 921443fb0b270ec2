use fidelis::prelude::*;

#[derive(Column, Clone)]
pub struct Wrapper<T>(T);

fn main() {}
