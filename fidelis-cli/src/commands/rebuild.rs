//! `rebuild`: makes a read model again from the log.

use std::io::Write;

use clap::{Arg, ArgMatches, Command};
use fidelis::{BoxFuture, ErrorKind};

use crate::{Exit, Failure, Session};

pub(super) fn command() -> Command {
    let name = Arg::new("name").value_name("NAME").required(true).help("The name of its table, such as `account_summary`");
    Command::new("rebuild").about("Makes a read model again from the log; readers see the old one until it is done").arg(name)
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let name = matches.get_one::<String>("name").map_or("", String::as_str);
        let engine = session.engine().await?;
        let folded = engine.rebuild_named(name).await.map_err(|error| {
            let unknown = error.kind() == ErrorKind::Invalid;
            let failure = Failure::from(error);
            if unknown { failure.with_exit(Exit::Usage) } else { failure }
        })?;
        writeln!(out, "`{name}` is made again, from {folded} messages")?;
        Ok(())
    })
}
