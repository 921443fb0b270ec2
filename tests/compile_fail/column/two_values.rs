use fidelis::prelude::*;

#[derive(Column, Clone)]
pub struct Pair(i64, i64);

#[derive(Column, Clone)]
pub struct Nothing;

#[derive(Column, Clone)]
pub enum Shape {
    Circle { radius: i64 },
}

#[derive(Column, Clone)]
pub enum Never {}

#[derive(Column, Clone, Copy)]
pub union Bits {
    whole: i64,
}

fn main() {}
