use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade {
    pub account_id: Id<Account>,
}

#[projection]
pub struct Balance {
    #[identifier]
    pub account_id: Id<Account>,
}

#[derive(Default)]
pub struct BalanceProjector;

#[projector(projector_for = Balance, aggregates = [Account])]
impl BalanceProjector {
    #[on(row = account_id)]
    fn on_deposit_made(&self, _: &mut Balance, _: &DepositMade) {}
}

fn main() {}
