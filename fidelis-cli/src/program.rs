//! A program: its domain, its commands, and how a call of it ends.

#[cfg(test)]
mod tests;

use std::{env, ffi::OsString, io::Write, path::PathBuf, process::ExitCode};

use clap::{Arg, ArgMatches, Command, error::ErrorKind, value_parser};
use fidelis::{BoxFuture, Domain};

use crate::{
    Exit, Failure, Session,
    commands::COMMANDS,
    settings::{FILE, Said, VARIABLE},
};

/// What a command does. It writes its result to the given output; what it says about its progress goes elsewhere.
pub type Run = for<'a> fn(&'a Session, &'a ArgMatches, &'a mut (dyn Write + Send)) -> BoxFuture<'a, Result<(), Failure>>;

/// A program that runs one domain.
#[must_use = "a program does something when its `main` is called"]
pub struct Program {
    name: &'static str,
    version: &'static str,
    about: &'static str,
    domain: fn() -> Domain,
    default_database: &'static str,
    commands: Vec<(Command, Run)>,
}

impl Program {
    /// A program of this name and version for a domain, whose store is at `default_database` unless somebody says otherwise.
    pub fn new(name: &'static str, version: &'static str, domain: fn() -> Domain, default_database: &'static str) -> Self {
        Program { name, version, about: "", domain, default_database, commands: Vec::new() }
    }

    /// What its help begins with.
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Adds a command of its own. The first one is what the program does when it is called without a command.
    pub fn command(mut self, command: Command, run: Run) -> Self {
        self.commands.push((command, run));
        self
    }

    /// Does what the arguments of the process ask for, and says on standard error why it could not.
    #[allow(clippy::print_stderr, reason = "telling a person at a terminal what went wrong is what a command line is for")]
    pub fn main(self) -> ExitCode {
        let mut out = std::io::stdout();
        let done = self.run(env::args_os(), env::var_os(VARIABLE), &mut out).and_then(|()| Ok(out.flush()?));
        match done {
            Ok(()) => Exit::Success.into(),
            Err(failure) => {
                if !failure.is_told() {
                    eprintln!("error: {failure}");
                }
                failure.exit().into()
            }
        }
    }

    /// Does what these arguments ask for; the first of them is the program's name.
    pub(crate) fn run(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
        environment: Option<OsString>,
        out: &mut (dyn Write + Send),
    ) -> Result<(), Failure> {
        let matches = match self.command_line().try_get_matches_from(arguments) {
            Ok(matches) => matches,
            // Help that was asked for is a result, and goes where results go.
            Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
                return Ok(write!(out, "{error}")?);
            }
            Err(error) => {
                let message = error.to_string();
                return Err(Failure::new(Exit::Usage, message.trim_start_matches("error: ").trim_end()));
            }
        };
        let said = Said {
            argument: matches.get_one::<String>("database").map(String::as_str),
            environment,
            file: matches.get_one::<PathBuf>("config").map(PathBuf::as_path),
            default: self.default_database,
        };
        let session = Session::new(self.domain, said.database()?);
        let (run, matches) = match matches.subcommand() {
            Some((name, matches)) => (self.run_of(name), matches),
            None => (self.all().next().map(|(_, run)| run), &matches),
        };
        let run = run.expect("clap accepts only the commands it was given, and there are some");
        fidelis::block_on(run(&session, matches, out))
    }

    /// The commands of the program, and those that every program has.
    fn all(&self) -> impl Iterator<Item = (Command, Run)> {
        let own = self.commands.iter().cloned();
        own.chain(COMMANDS.iter().map(|(command, run)| (command(), *run)))
    }

    fn run_of(&self, name: &str) -> Option<Run> {
        self.all().find(|(command, _)| command.get_name() == name).map(|(_, run)| run)
    }

    fn command_line(&self) -> Command {
        let database = Arg::new("database").long("database").value_name("URL").global(true).help(format!(
            "Where the log is: `memory`, `sqlite:PATH` or `postgres://..`; else `{VARIABLE}` of the environment, else `database` in \
             the configuration file, else `{}`",
            self.default_database
        ));
        let config = Arg::new("config").long("config").value_name("FILE").global(true).value_parser(value_parser!(PathBuf));
        let config = config.help(format!("The configuration file; else `{FILE}` in the current folder, if there is one"));
        Command::new(self.name)
            .version(self.version)
            .about(self.about)
            .disable_help_subcommand(true)
            .subcommand_required(self.commands.is_empty())
            .args([database, config])
            .subcommands(self.all().map(|(command, _)| command))
    }
}
