//! The bank of `fidelis-domain` once more, with mistakes that can be switched on: what whoever looks for mistakes must find.
//!
//! It is not a copy that somebody keeps up: the build takes the bank's source as it is and puts each [`Mistake`] beside what is
//! right. Without a mistake it is the bank.

mod mistakes;

use std::sync::OnceLock;

pub use mistakes::Mistake;

include!(concat!(env!("OUT_DIR"), "/bank/lib.rs"));

fidelis::domain!("fidelis");

static MADE: OnceLock<Mistake> = OnceLock::new();

/// From now on this process makes a mistake; the first one that is asked for, for ever.
pub fn make(mistake: Mistake) {
    MADE.get_or_init(|| mistake);
}

/// Whether a mistake is made.
pub(crate) fn makes(mistake: Mistake) -> bool {
    MADE.get() == Some(&mistake)
}

impl Mistake {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Mistake> {
        mistakes::ALL.iter().map(|place| place.mistake)
    }

    /// The one of this name, such as `DoesNotKeep`.
    pub fn named(name: &str) -> Option<Mistake> {
        Mistake::all().find(|mistake| format!("{mistake:?}") == name)
    }
}
