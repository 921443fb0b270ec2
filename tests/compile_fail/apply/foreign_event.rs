use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_loan_granted(&mut self, _: &LoanGranted) {}
}

#[aggregate(event_sourced)]
pub struct Loan {}

#[aggregate]
impl Loan {
    #[apply]
    fn on_loan_granted(&mut self, _: &LoanGranted) {}
}

#[event(part_of = Loan)]
pub struct LoanGranted;

fn main() {}
