//! The worker: does what its one argument says, a task as JSON.

use std::{io::Write, process::ExitCode};

use fidelis_torture::Task;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    let task = serde_json::from_str::<Task>(&argument).map_err(|error| error.to_string());
    match task.and_then(|task| task.work()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started it reads it there; if nobody does, nobody misses it.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
