//! All of them are reported at once, and nothing that follows from them.
use fidelis::prelude::*;

#[aggregate(event_sourced, facts)]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[apply]
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }

    #[apply]
    fn again(&mut self, _: &DepositMade) {}

    #[apply]
    async fn on_closed(&mut self, _: Closed) {}

    #[invariant]
    fn rule(&self, _: i64) {}
}

#[event(part_of = Account, kind = 1)]
pub struct DepositMade {
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Closed;

#[event(verison = 2)]
pub struct Orphan;

fn main() {}
