//! The store on a real server: the contract of every store, and what only this one promises.
//!
//! `FIDELIS_TEST_POSTGRES_URL` names a server whose account may create schemas and roles; without it tests say what they left out.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on says so")]

mod contract;
mod database;
mod long;
mod material;
mod readers;
mod start;
mod writers;
