use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade;

#[derive(Default)]
pub struct Alerts;

#[event_handler(part_of = Account)]
impl Alerts {
    #[handle(DepositMade)]
    fn on_deposit_made(&self, _: &DepositMade) {}
}

fn main() {}
