use fidelis::prelude::*;

#[handle]
fn make_deposit() {}

fn main() {
    make_deposit();
}
