use fidelis::prelude::*;

#[on]
fn on_deposit_made() {}

fn main() {
    on_deposit_made();
}
