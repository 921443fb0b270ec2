//! An aggregate that is stored as its state owes no `#[apply]`.
use fidelis::prelude::*;

#[event(part_of = Account)]
pub struct DepositMade {
    pub amount: i64,
}

#[aggregate]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    pub fn deposit(&mut self, amount: i64) -> Result<(), Rejection> {
        self.balance += amount;
        self.raise(DepositMade { amount })
    }
}

fn main() {
    let mut account = Account::new(Id::named("ACC-001"));
    assert!(account.deposit(5).is_ok());
    assert_eq!(account.balance, 5);
}
