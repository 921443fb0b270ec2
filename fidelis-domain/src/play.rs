//! `play`: tells the bank's story on a log, and says where the log is.

use std::io::Write;

use fidelis::BoxFuture;
use fidelis_cli::{
    Exit, Failure, Session,
    clap::{ArgMatches, Command},
};

use crate::story::{self, Stage};

pub(crate) fn command() -> Command {
    Command::new("play").about("Plays the bank's story, chapter by chapter, and checks what must hold; also without any command")
}

pub(crate) fn run<'a>(
    session: &'a Session,
    _: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let database = &session.database().value;
        let store = session.store().await?;
        let stage = if database.is_lasting() { Stage::lasting(store).await? } else { Stage::passing(store) };
        match database.is_lasting() {
            true => writeln!(out, "The bank keeps its log in {database}. What is there stays; the story is added to it.")?,
            false => writeln!(out, "The bank keeps its log in memory: it is gone when the story ends.")?,
        }
        let holds = story::tell(out, &stage).await?;
        if let Some(path) = database.path() {
            let path = path.display();
            writeln!(out, "\nAll of it is in {path}. To look at the log and at a read model:")?;
            writeln!(out, "  sqlite3 {path} 'select position, stream, type, payload from events'")?;
            writeln!(out, "  sqlite3 {path} 'select * from account_summary'")?;
        }
        if holds { Ok(()) } else { Err(Failure::told(Exit::No)) }
    })
}
