use fidelis::prelude::*;

#[aggregate(event_sourced)]
pub struct Account {}

#[aggregate]
impl Account {
    #[apply]
    fn on_opened(&mut self, _: &Opened) {}
}

#[aggregate]
impl Account {
    #[apply]
    fn on_closed(&mut self, _: &Closed) {}
}

#[event(part_of = Account)]
pub struct Opened;

#[event(part_of = Account)]
pub struct Closed;

fn main() {}
