//! Stories across the crates.

// Domains in here are written as in a crate of their own, whose public items others would use; and what is
// not inside a `#[test]` belongs to one here, too.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used)]

mod compile_fail;
mod engine_cancellation;
mod engine_commands;
mod engine_delivery;
mod engine_idempotency;
mod engine_panics;
mod engine_parking;
mod engine_shapes;
mod engine_two;
mod history;
mod ledger;
mod stepping;
mod troubled;
