use fidelis::prelude::*;

#[aggregate]
pub struct Account {
    #[identifier]
    pub account_id: Id<Account>,
    #[index]
    pub holder: String,
}

#[aggregate]
impl Account {}

fn main() {}
