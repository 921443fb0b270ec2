use fidelis::prelude::*;

#[event(part_of = Account)]
pub struct AccountOpened {}

#[event(part_of = Account)]
pub struct FeeCharged {
    pub fee: i64,
}

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_account_opened(&mut self, _: &AccountOpened) {}
}

fn main() {}
