//! Attempts to break the stores. `FIDELIS_TORTURE=long` makes them last, `FIDELIS_TORTURE_SEED` repeats the chance of a run.

// Functions beside the tests are tests too, and what a run was is said where the runner keeps it for those that fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod disk;
mod naive;

use std::path::Path;

use fidelis_test_servers::{Postgres, ServerError};

/// The worker.
const PROGRAM: &str = env!("CARGO_BIN_EXE_fidelis-torture");

fn program() -> &'static Path {
    Path::new(PROGRAM)
}

/// A PostgreSQL server of a test's own; none on a machine that has no PostgreSQL, which is said.
fn server(settings: &[(&str, &str)]) -> Option<Postgres> {
    match Postgres::start(settings) {
        Err(error @ ServerError::NotInstalled { .. }) => {
            println!("left out: {error}");
            None
        }
        server => Some(server.unwrap_or_else(|error| panic!("{error}"))),
    }
}
