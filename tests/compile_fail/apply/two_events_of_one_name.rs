use fidelis::prelude::*;

pub mod cash {
    use fidelis::prelude::*;

    #[event(part_of = super::Account)]
    pub struct DepositMade;
}

#[event(part_of = Account, name = "ChequeDepositMade")]
pub struct DepositMade;

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_deposit_made(&mut self, _: &DepositMade) {}

    #[apply]
    fn on_cash_deposit_made(&mut self, _: &cash::DepositMade) {}
}

fn main() {}
