//! Nothing handles its handler's type by default, and nobody gives one.

use fidelis::prelude::*;

fidelis::domain!("faulty");

#[event(part_of = Thing)]
pub struct Made {}

#[aggregate(event_sourced)]
pub struct Thing {}

#[aggregate]
impl Thing {
    #[apply]
    fn on_made(&mut self, _: &Made) {}
}

pub struct Mailer(pub &'static str);

#[event_handler(part_of = Thing)]
impl Mailer {
    #[handle]
    fn on_made(&self, _: &Made) {
        assert_eq!(self.0, "by post");
    }
}
