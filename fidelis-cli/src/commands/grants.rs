//! `grants`: what the account of a running program must be allowed on PostgreSQL, and nothing more.

use std::io::Write;

use clap::{Arg, ArgMatches, Command};
use fidelis::{BoxFuture, ErrorKind, postgres::PostgresStore};

use crate::{Exit, Failure, Session};

pub(super) fn command() -> Command {
    let account = Arg::new("account").value_name("ACCOUNT").required(true).help("The account, such as `bank_app`");
    Command::new("grants").about("Prints the SQL that lets an account run this domain on PostgreSQL, and nothing more").arg(account).long_about(
        "Prints the SQL that lets an account run this domain on PostgreSQL, and nothing more: it appends to the log and reads it, and can \
         neither change nor remove what is there. For the owner of the database, after `migrate`; it goes to `psql`.",
    )
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let database = session.database();
        if !database.value.is_server() {
            let message = format!("`{}` has no accounts: name a PostgreSQL database with `--database`", database.value);
            return Err(Failure::new(Exit::Usage, message));
        }
        let account = matches.get_one::<String>("account").map_or("", String::as_str);
        let store = PostgresStore::connect(database.value.as_str()).await.map_err(|error| {
            let invalid = error.kind() == ErrorKind::Invalid;
            let failure = Failure::from(error);
            if invalid { failure.with_exit(database.source.exit()) } else { failure }
        })?;
        write!(out, "{}", store.grants(account))?;
        Ok(())
    })
}
