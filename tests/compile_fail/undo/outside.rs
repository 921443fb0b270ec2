use fidelis::prelude::*;

#[undo]
fn step() {}

fn main() {
    step();
}
