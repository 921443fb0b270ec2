use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {
    pub fn lend(&mut self) -> Result<(), Rejection> {
        self.raise(LoanGranted)
    }
}

#[aggregate]
pub struct Loan {}

#[aggregate]
impl Loan {}

#[event(part_of = Loan)]
pub struct LoanGranted;

fn main() {}
