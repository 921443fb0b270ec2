use fidelis::prelude::*;

#[on_undone]
fn step() {}

fn main() {
    step();
}
