use fidelis::prelude::*;

#[on_rejected]
fn step() {}

fn main() {
    step();
}
