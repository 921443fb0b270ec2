use fidelis::prelude::*;

#[on_failed]
fn step() {}

fn main() {
    step();
}
