//! The chores of this repository: `cargo xtask ci` is what continuous integration runs, and every step of it is a
//! command of its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "telling a person at a terminal what happened is what this binary is for"
)]

mod command;
mod failure;
mod install;
mod servers;
mod steps;
mod tidy;

#[cfg(test)]
mod tests;

use std::{env, path::PathBuf, process::ExitCode, slice};

use clap::Command;

use crate::{failure::Failure, steps::STEPS};

/// The command that runs all steps.
const ALL: &str = "ci";

/// Leaves with 0 when all is well, with 1 when a step failed, and with 2 (by clap) when the command line was wrong.
fn main() -> ExitCode {
    let arguments = command_line().get_matches();
    let (chosen, _) = arguments.subcommand().expect("clap asks for a subcommand");
    match run(chosen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// One subcommand per step, so that a step added to [`STEPS`] needs no second place.
fn command_line() -> Command {
    let all = Command::new(ALL).about("Runs all steps below in order and stops at the first that fails");
    let each = STEPS.iter().map(|step| Command::new(step.name).about(step.about));
    Command::new("xtask")
        .bin_name("cargo xtask")
        .about("The chores of this repository")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(all)
        .subcommands(each)
}

fn run(chosen: &str) -> Result<(), Failure> {
    let root = workspace_root()?;
    if chosen == ALL {
        let report = steps::run(STEPS, &root);
        println!("\n{report}");
        return report.into_result();
    }
    let step = STEPS.iter().find(|step| step.name == chosen);
    let step = step.expect("clap accepts only the names it was given");
    steps::run(slice::from_ref(step), &root).into_result()
}

/// `cargo run` says where this package is; without it, the binary was started by hand, in the root as we must assume.
fn workspace_root() -> Result<PathBuf, Failure> {
    if let Some(package) = env::var_os("CARGO_MANIFEST_DIR") {
        let package = PathBuf::from(package);
        return Ok(package.parent().map_or(package.clone(), PathBuf::from));
    }
    env::current_dir().map_err(|error| Failure::new(format!("the current folder cannot be read: {error}")))
}
