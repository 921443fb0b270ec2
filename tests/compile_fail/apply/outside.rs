use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

impl Account {
    #[apply]
    fn on_deposit_made(&mut self, _: &DepositMade) {}
}

#[event(part_of = Account)]
pub struct DepositMade;

fn main() {
    Account::new(Id::named("a")).on_deposit_made(&DepositMade);
}
