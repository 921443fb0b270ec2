//! The steps of continuous integration: what each one runs, in which order, and how it went.

mod report;
#[cfg(test)]
mod tests;

use std::{path::Path, process::Command, time::Instant};

use crate::{
    command::{self, cargo},
    failure::Failure,
    install::install,
    servers::{Running, Server},
    tidy::tidy,
};

pub(crate) use self::report::{Outcome, Report, Row};

/// One step: a command of its own, and a row of the summary.
pub(crate) struct Step {
    /// The name of the command.
    pub(crate) name: &'static str,
    /// What it makes sure of.
    pub(crate) about: &'static str,
    /// How it does that.
    pub(crate) action: Action,
}

/// What a step does.
pub(crate) enum Action {
    /// Calls cargo with arguments (separated by blanks) and additions to the environment, while servers run.
    Cargo { arguments: &'static str, environment: &'static [(&'static str, &'static str)], servers: &'static [Server] },
    /// Calls a function of this crate with the root of the workspace.
    Own(fn(&Path) -> Result<(), Failure>),
}

/// All steps, in order: what a person hears about first should be what is mended fastest.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "install",
        about: "Checks that the programs the other steps call are here, and installs them where it may",
        action: Action::Own(install),
    },
    Step {
        name: "fmt",
        about: "Checks the formatting",
        action: Action::Cargo { arguments: "fmt --all --check", environment: &[], servers: &[] },
    },
    Step {
        name: "clippy",
        about: "Checks that compiler and clippy have no warning, in tests and benchmarks too",
        action: Action::Cargo { arguments: "clippy --workspace --all-targets -- -D warnings", environment: &[], servers: &[] },
    },
    Step {
        name: "tidy",
        about: "Checks the house rules no compiler knows: sizes, names, leftovers, dependencies",
        action: Action::Own(tidy),
    },
    Step {
        name: "test",
        about: "Runs all tests: unit, documentation, compile-fail, snapshots, conformance; with servers of their own",
        action: Action::Cargo { arguments: "test --workspace", environment: &[], servers: &[Server::Postgres] },
    },
    Step {
        name: "docs",
        about: "Checks that the documentation builds without a warning",
        action: Action::Cargo {
            arguments: "doc --workspace --no-deps",
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
            servers: &[],
        },
    },
];

/// Runs the steps in order, each under a heading, up to the first that fails.
pub(crate) fn run(steps: &[Step], root: &Path) -> Report {
    let mut rows = Vec::new();
    let mut failed = false;
    for (index, step) in steps.iter().enumerate() {
        if failed {
            rows.push(Row { step: step.name, outcome: Outcome::NotRun });
            continue;
        }
        println!("\n== {} ({} of {}): {}", step.name, index + 1, steps.len(), step.command_line(root));
        let start = Instant::now();
        let result = step.run(root);
        let took = start.elapsed();
        failed = result.is_err();
        let outcome = match result {
            Ok(()) => Outcome::Passed(took),
            Err(failure) => Outcome::Failed(took, failure),
        };
        println!("== {}: {outcome} after {:.1} s", step.name, took.as_secs_f64());
        rows.push(Row { step: step.name, outcome });
    }
    Report { rows }
}

impl Step {
    fn run(&self, root: &Path) -> Result<(), Failure> {
        match self.action {
            Action::Own(function) => function(root),
            Action::Cargo { arguments, environment, servers } => {
                let running = Running::start(servers)?;
                let mut command = call(root, arguments, environment);
                command.envs(running.variables());
                command::run(command)
            }
        }
    }

    /// What a person would type to have the same.
    fn command_line(&self, root: &Path) -> String {
        match self.action {
            Action::Own(_) => format!("cargo xtask {}", self.name),
            Action::Cargo { arguments, environment, .. } => command::line(&call(root, arguments, environment)),
        }
    }
}

fn call(root: &Path, arguments: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = cargo(root);
    command.args(arguments.split_whitespace()).envs(environment.iter().copied());
    command
}
