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

#[aggregate]
pub struct Loan {}

#[aggregate]
impl Loan {}

#[command(part_of = Loan)]
pub struct Borrow {}

#[derive(Default)]
pub struct LoanCommandHandler;

#[command_handler(part_of = Loan)]
impl LoanCommandHandler {
    #[handle]
    fn borrow(&self, _: Borrow, id: Id<Loan>) -> Result<Loan, Rejection> {
        Ok(Loan::new(id))
    }
}

fn main() {
    given(Opened {}).when(Borrow {}).then_accepted();
}
