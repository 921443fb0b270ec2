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

fn main() {
    given(Opened {}).then_no_events();
}
