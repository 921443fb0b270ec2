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

#[projection]
pub struct Summary {
    #[identifier]
    pub account_id: Id<Account>,
}

fn main() {
    given_projection::<Summary>().when_happened(Id::named("alice"), Opened {}).then_version(0);
}
