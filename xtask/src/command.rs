//! Calling other programs.

#[cfg(test)]
mod tests;

use std::{
    env, io,
    path::Path,
    process::{Command, ExitStatus},
};

use crate::failure::Failure;

/// A call of the cargo that started us, in the root of the workspace.
///
/// Whoever runs `cargo +nightly xtask test` wants that toolchain in the steps too.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Runs a program in plain view.
///
/// # Errors
/// When it cannot be started, or ends without success.
pub(crate) fn run(mut command: Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| not_started(&command, &error))?;
    if status.success() { Ok(()) } else { Err(unsuccessful(&command, status)) }
}

/// Runs a program for what it prints.
///
/// # Errors
/// When it cannot be started, or ends without success: then with what it said about it.
pub(crate) fn read(mut command: Command) -> Result<String, Failure> {
    let output = command.output().map_err(|error| not_started(&command, &error))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let failure = unsuccessful(&command, output.status);
        return Err(Failure::new(format!("{failure}\n{}", reason.trim_end())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The call as a person would type it: without the folder of the program.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let mut line = String::new();
    for (name, value) in command.get_envs() {
        let value = value.unwrap_or_default().to_string_lossy();
        line += &format!("{}=\"{value}\" ", name.to_string_lossy());
    }
    line += &program.to_string_lossy();
    for argument in command.get_args() {
        line += " ";
        line += &argument.to_string_lossy();
    }
    line
}

fn not_started(command: &Command, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be started: {error}", line(command)))
}

fn unsuccessful(command: &Command, status: ExitStatus) -> Failure {
    Failure::new(format!("`{}` ended with {status}", line(command)))
}
