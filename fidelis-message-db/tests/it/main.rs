//! Logs that Protean has written, taken over into the bank.

// Rows are given, not asked for: what they hold is known.
#![allow(clippy::unwrap_used)]

mod bank;
mod refused;
mod rows;
