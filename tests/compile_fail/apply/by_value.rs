use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[apply]
    fn on_deposit_made(&mut self, event: DepositMade) {
        self.balance += event.amount;
    }
}

#[event(part_of = Account)]
pub struct DepositMade {
    pub amount: i64,
}

fn main() {}
