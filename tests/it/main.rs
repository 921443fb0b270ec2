//! Stories across the crates.

// Domains in here are written as in a crate of their own, whose public items others would use; and what is
// not inside a `#[test]` belongs to one here, too.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used)]

mod compile_fail;
mod domain_check;
mod engine_cancellation;
mod engine_commands;
mod engine_concurrency;
mod engine_context;
mod engine_delivery;
mod engine_follow;
mod engine_futures;
mod engine_idempotency;
mod engine_json;
mod engine_logging;
mod engine_panics;
mod engine_parking;
mod engine_reactions;
mod engine_reader;
mod engine_rebuild;
mod engine_replay;
mod engine_rows;
mod engine_settlements;
mod engine_shapes;
mod engine_snapshots;
mod engine_two;
mod explore;
mod guide;
mod history;
mod ledger;
mod process_bank;
mod process_check;
mod process_company;
mod process_crashes;
mod process_engines;
mod process_errands;
mod process_flow;
mod process_issued;
mod process_language;
mod process_people;
mod process_shared;
mod process_steps;
mod process_stores;
mod process_timers;
mod process_versions;
mod stepping;
mod testing;
mod troubled;
