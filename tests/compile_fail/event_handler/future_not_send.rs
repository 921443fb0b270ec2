use fidelis::prelude::*;

#[aggregate]
pub struct Account {}

#[aggregate]
impl Account {}

#[event(part_of = Account)]
pub struct DepositMade;

#[derive(Default)]
pub struct Alerts;

#[event_handler(part_of = Account)]
impl Alerts {
    #[handle]
    async fn on_deposit_made(&self, _: &DepositMade) {
        let shared = std::rc::Rc::new(5);
        std::future::ready(()).await;
        drop(shared);
    }
}

fn main() {}
