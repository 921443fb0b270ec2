use fidelis::prelude::*;
use fidelis::testing::*;

#[event(part_of = Account)]
pub struct Opened {}

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_opened(&mut self, _: &Opened) {}
}

#[event(part_of = Loan)]
pub struct Granted {}

#[aggregate(event_sourced)]
pub struct Loan {}

#[aggregate]
impl Loan {
    #[apply]
    fn on_granted(&mut self, _: &Granted) {}
}

fn main() {
    given((Opened {}, Granted {})).when_called(|_| Ok(())).then_accepted();
}
