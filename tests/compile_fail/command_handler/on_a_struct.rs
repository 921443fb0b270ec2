use fidelis::prelude::*;

#[command_handler(part_of = Account)]
pub struct AccountCommandHandler;

fn main() {}
