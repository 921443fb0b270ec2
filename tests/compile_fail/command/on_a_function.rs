use fidelis::prelude::*;

#[command(part_of = Account)]
fn make_deposit() {}

fn main() {
    make_deposit();
}
