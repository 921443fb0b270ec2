use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade {
    pub account_number: String,
    pub amount: i64,
}

#[projection]
pub struct Balance {
    #[identifier]
    pub account_number: String,
    pub amount: i64,
}

#[derive(Default)]
pub struct BalanceProjector;

#[projector(projector_for = Balance, aggregates = [Account])]
impl BalanceProjector {
    #[on]
    fn on_deposit_made(&self, row: &mut Balance, event: &DepositMade) {
        row.amount += event.amount;
    }
}

fn main() {}
