//! `migrate`: makes a store ready for this version of a domain, and does nothing else.

use std::io::Write;

use clap::{ArgMatches, Command};
use fidelis::BoxFuture;

use crate::{Failure, Session};

pub(super) fn command() -> Command {
    Command::new("migrate").about("Makes the store ready: creates or changes its tables, or says what it cannot change").long_about(
        "Makes the store ready: creates or changes its tables, or says what it cannot change. Every start of the program does that too; \
         this command is for those who let a program run under an account that must not change tables.",
    )
}

pub(super) fn run<'a>(
    session: &'a Session,
    _: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let engine = session.engine().await?;
        let head = engine.store().head().await?;
        writeln!(out, "{} is ready; its log ends at {head}", session.database().value)?;
        Ok(())
    })
}
