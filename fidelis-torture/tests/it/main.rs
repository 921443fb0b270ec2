//! Attempts to break the stores. `FIDELIS_TORTURE=long` makes them last, `FIDELIS_TORTURE_SEED` repeats the chance of a run.

// Functions beside the tests are tests too, and what a run was is said where the runner keeps it for those that fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod bank;
mod bank_power;
mod contention;
mod disk;
mod dropped;
mod files;
mod flush;
mod full;
mod guarantees;
mod kill;
mod naive;
mod points;
mod power;
mod readers;
mod stopped;

use std::path::{Path, PathBuf};

use fidelis_test_servers::{Postgres, ServerError};
use tempfile::TempDir;

/// The worker.
const PROGRAM: &str = env!("CARGO_BIN_EXE_fidelis-torture");

fn program() -> &'static Path {
    Path::new(PROGRAM)
}

/// A folder, and a file in it that is not there yet.
fn sqlite_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tortured.db");
    (folder, file)
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
