use fidelis::prelude::*;

#[aggregate(event_sourced = true, name = "Account", on_replay = ignore)]
pub struct Account {
    pub balance: i64,
}

#[aggregate]
impl Account {
    #[apply]
    fn on_opened(&mut self, _: &Opened) {}
}

#[event(part_of = Account)]
pub struct Opened;

fn main() {}
