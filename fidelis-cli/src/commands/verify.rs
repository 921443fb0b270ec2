//! `verify`: compares the log with another one.

use std::io::Write;

use clap::{ArgMatches, Command};
use fidelis::{
    BoxFuture, DatabaseUrl,
    interchange::{Comparison, Side},
};

use super::file;
use crate::{Exit, Failure, Session};

pub(super) fn command() -> Command {
    Command::new("verify")
        .about("Compares the log, record by record, with that of an exported file or of another store")
        .long_about(
            "Compares the log, record by record and answer by answer, with that of an exported file or of another store. Ends with 0 \
             when they are the same and with 1 when they are not. How far consumers are is not compared: that moves while a program \
             runs.",
        )
        .args([file::argument("The file, or the URL of the other store, such as `sqlite:copy.db`"), file::json()])
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let name = file::name(matches);
        let store = session.store().await?;
        let comparison = if name != file::STANDARD && name.parse::<DatabaseUrl>().is_ok() {
            let other = session.store_at(name).await?;
            Comparison::of(Side::Store(&*store), Side::Store(&*other)).await?
        } else {
            Comparison::of(Side::Store(&*store), Side::File(file::open(name)?)).await.map_err(file::of_file(name))?
        };
        tell(out, matches, &comparison)
    })
}

/// Says what is different, and fails if anything is.
pub(super) fn tell(out: &mut (dyn Write + Send), matches: &ArgMatches, comparison: &Comparison) -> Result<(), Failure> {
    let Comparison { records, settlements, differences, more } = comparison;
    if matches.get_flag("json") {
        writeln!(out, "{}", serde_json::json!(comparison))?;
    }
    if comparison.is_equal() {
        if !matches.get_flag("json") {
            writeln!(out, "the same: {records} records, {settlements} answers to commands")?;
        }
        return Ok(());
    }
    let mut words = format!("the logs differ ({records} records and {settlements} answers are the same):");
    for difference in differences {
        words += &format!("\n  {difference}");
    }
    if *more > 0 {
        words += &format!("\n  and {more} more");
    }
    Err(Failure::new(Exit::No, words))
}
