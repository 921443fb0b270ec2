//! The load that every candidate is put under, and how it is measured: callers in a closed loop, each with one deposit under
//! way, into accounts chosen by chance.

pub mod bank;
mod candidate;
mod drive;

pub use candidate::{Candidate, Fault, Refused, Totals};
pub use drive::{Chance, Measured, accounts_opened, measure};

/// How many accounts there are.
pub const ACCOUNTS: u64 = 1_000;
