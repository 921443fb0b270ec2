use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_deposit_made(&mut self, _: &DepositMade) {}

    #[apply]
    fn on_cash_deposit_made(&mut self, _: &CashDepositMade) {}
}

#[event(part_of = Account)]
pub struct DepositMade;

#[event(part_of = Account, name = "DepositMade")]
pub struct CashDepositMade;

fn main() {}
