use fidelis::prelude::*;

#[derive(Column, Clone)]
pub struct Names(Vec<String>);

fn main() {}
