//! The programs the steps call that cargo does not bring, and where Debian keeps them.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    env,
    path::Path,
    process::{Command, Stdio},
};

use fidelis_test_servers::Postgres;

use crate::{command, failure::Failure};

/// A program that must be here: on the `PATH`, unless its callers look elsewhere too.
#[derive(Debug)]
pub(crate) struct Need {
    /// The program, as it is called.
    pub(crate) program: &'static str,
    /// Whether it is here.
    pub(crate) is_here: fn(&str) -> bool,
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    /// Which step calls it, and what for.
    pub(crate) why: &'static str,
}

/// Everything the steps need. A new need is a new line here.
///
/// `.ci/run` looks for `cc` too: without it, this crate could not be linked to look for the rest.
const NEEDS: &[Need] = &[
    Need {
        program: "cc",
        is_here: on_path,
        package: "build-essential",
        why: "rustc links with it, and dependencies written in C are compiled with it",
    },
    Need {
        program: "initdb",
        is_here: |_| Postgres::is_installed(),
        package: "postgresql",
        why: "tests run against a PostgreSQL server of their own",
    },
];

/// Makes sure that all [`NEEDS`] are met: installs what is missing where it may, else says what to install.
///
/// # Errors
/// When something is missing and could not be installed.
pub(crate) fn install(_root: &Path) -> Result<(), Failure> {
    let found = missing(NEEDS);
    for need in NEEDS {
        let state = if found.iter().any(|found| found.program == need.program) { "missing" } else { "here" };
        println!("{}: {state} ({})", need.program, need.why);
    }
    if found.is_empty() {
        return Ok(());
    }
    if !on_path("apt-get") || !is_root() {
        return Err(advice(&found));
    }
    apt_get(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages(&found));
    apt_get(&arguments)?;
    let still = missing(NEEDS);
    if still.is_empty() { Ok(()) } else { Err(advice(&still)) }
}

/// The needs that are not met.
fn missing(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !(need.is_here)(need.program)).collect()
}

/// Each package once: several programs may come with one.
fn packages(needs: &[&Need]) -> BTreeSet<&'static str> {
    needs.iter().map(|need| need.package).collect()
}

/// What a person has to do.
fn advice(needs: &[&Need]) -> Failure {
    let lines = needs.iter().map(|need| format!("`{}` is not here: {}\n", need.program, need.why));
    let packages: Vec<_> = packages(needs).into_iter().collect();
    let packages = packages.join(" ");
    Failure::new(format!(
        "programs are missing\n{}on Debian, as root: apt-get install {packages}; elsewhere, install what corresponds",
        lines.collect::<String>()
    ))
}

fn on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// The standard library does not tell who we are, and asking the system directly is unsafe code.
fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    answer.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt_get(arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("apt-get");
    // Otherwise a package may stop to ask a question nobody is there to answer.
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command.args(arguments);
    command::run(command)
}
