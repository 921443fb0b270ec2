//! `export`: writes the log into a file that any other store can take over.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Seek, SeekFrom, Write},
};

use clap::{ArgMatches, Command};
use fidelis::{
    BoxFuture, Store,
    interchange::{Export, Partial, Summary},
};

use super::{file, progress::ProgressLine};
use crate::{Exit, Failure, Session};

pub(super) fn command() -> Command {
    Command::new("export")
        .about("Writes the log into a file, as lines of JSON that any other store can take over")
        .long_about(
            "Writes the log as it is now into a file, as lines of JSON that any other store can take over: all records with all that \
             is known about them, the answers to commands, how far event handlers are and what is parked. Rows of read models are not \
             in it: they are made again from the log.\n\nAn export that was interrupted goes on where it stopped: call it again with \
             the same file.",
        )
        .args([file::argument("The file; `-` is standard output"), file::json()])
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let (domain, name) = (session.domain().name(), file::name(matches));
        let store = session.store().await?;
        let mut line = ProgressLine::new("exporting", matches);
        if name == file::STANDARD {
            let export = Export::of(domain, &*store).progress(|done| line.tell(done));
            export.write(&mut &mut *out).await?;
            return Ok(());
        }
        let exported = to_file(domain, &*store, name, &mut line).await;
        line.end();
        file::tell(out, matches, &format!("exported to {name}"), exported?)
    })
}

/// Begins a file, or goes on with what is there of it.
async fn to_file(domain: &str, store: &dyn Store, name: &str, line: &mut ProgressLine) -> Result<Summary, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Io, format!("`{name}` cannot be written: {error}"));
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(name).map_err(failed)?;
    let partial = Partial::scan(BufReader::new(&file)).map_err(file::of_file(name))?;
    let keep = partial.as_ref().map_or(0, Partial::keep);
    let export = Export::of(domain, store).progress(|done| line.tell(done));
    let summary = match partial {
        None => {
            cut(&mut file, keep).map_err(failed)?;
            export.write(&mut file).await
        }
        Some(partial) => {
            if !partial.is_complete() {
                cut(&mut file, keep).map_err(failed)?;
            }
            export.resume(partial, &mut file).await
        }
    };
    let summary = summary.map_err(file::of_file(name))?;
    file.sync_all().map_err(failed)?;
    Ok(summary)
}

/// Takes off what comes after the first bytes, and goes there.
fn cut(file: &mut File, keep: u64) -> io::Result<()> {
    file.set_len(keep)?;
    file.seek(SeekFrom::Start(keep)).map(drop)
}
