//! Logs that Protean has written, taken over into the bank.

// Rows are given, not asked for: what they hold is known.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod bank;
mod refused;
mod rows;
#[cfg(feature = "postgres")]
mod server;
