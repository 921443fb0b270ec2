//! Belongs to no domain.

use fidelis::prelude::*;

#[event(part_of = Stray)]
pub struct Seen {}

#[aggregate(event_sourced)]
pub struct Stray {}

#[aggregate]
impl Stray {
    #[apply]
    fn on_seen(&mut self, _: &Seen) {}
}
