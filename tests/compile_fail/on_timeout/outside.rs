use fidelis::prelude::*;

#[on_timeout("overdue")]
fn step() {}

fn main() {
    step();
}
