//! Its events are stored beside the state, and written differently when they were read.

use fidelis::prelude::*;

use super::loose::Loose;

fidelis::domain!("stored");

#[event(part_of = Page)]
pub struct Torn {
    pub why: Loose,
}

#[aggregate]
pub struct Page {}

#[aggregate]
impl Page {
    pub fn tear(&mut self) -> Result<(), Rejection> {
        self.raise(Torn { why: "ANGER".into() })
    }
}
