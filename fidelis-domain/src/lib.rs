//! The bank: what every feature of Fidelis is for.
//!
//! Read [`account`] first, then its `events.rs`, `commands.rs`, `handler.rs` and `tests.rs`; every aggregate has the same files.

pub mod account;
pub mod closure;
pub mod compliance;
pub mod dashboard;
pub mod money;
pub mod notices;
pub mod report;
#[cfg(test)]
mod tests;
pub mod transfer;

fidelis::domain!("fidelis");
