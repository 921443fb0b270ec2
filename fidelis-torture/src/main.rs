//! The worker, which does what its one argument says, a task as JSON; and the bank under fire, for people.

use std::{io::Write, process::ExitCode};

use clap::Command;
use fidelis_torture::{Task, bank};

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).filter(|argument| argument.starts_with('{')) {
        Some(task) => serde_json::from_str::<Task>(&task).map_err(|error| error.to_string()).and_then(|task| task.work()),
        None => for_people(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started it reads it there; if nobody does, nobody misses it.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn for_people() -> Result<(), String> {
    let command = Command::new("fidelis-torture")
        .about("Tries to break what Fidelis promises; the tests of this package do the rest")
        .subcommand_required(true)
        .subcommand(bank::program::command());
    let matches = command.get_matches();
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    match matches.subcommand() {
        Some((_, matches)) => bank::program::run(&program, matches),
        None => Ok(()),
    }
}
