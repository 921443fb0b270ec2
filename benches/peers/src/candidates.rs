//! Who does the bank's work.

mod cqrs_es;
mod eventastic;
mod fidelis;
mod hand_written;
mod hand_written_typed;
mod identity;
mod log;

pub use self::fidelis::Fidelis;
pub use cqrs_es::CqrsEs;
pub use eventastic::Eventastic;
pub use hand_written::HandWritten;
pub use hand_written_typed::HandWrittenTyped;

use crate::candidate::Candidate;

/// A candidate's name and how to make an empty one.
#[derive(Clone, Copy)]
pub struct Entry {
    /// As tables print it.
    pub name: &'static str,
    /// An empty bank.
    pub new: fn() -> Box<dyn Candidate>,
}

/// Everybody; the first is what the others are held against.
pub const CANDIDATES: &[Entry] = &[
    Entry { name: "hand-written", new: || Box::new(HandWritten::default()) },
    Entry { name: "hand-written, typed", new: || Box::new(HandWrittenTyped::default()) },
    Entry { name: "fidelis", new: || Box::new(Fidelis::default()) },
    Entry { name: "cqrs-es", new: || Box::new(CqrsEs::default()) },
    Entry { name: "eventastic", new: || Box::new(Eventastic::default()) },
];
