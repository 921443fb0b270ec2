//! `import`: takes over a log that was exported.

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches, Command};
use fidelis::{
    BoxFuture,
    interchange::{Comparison, Import, Side, check},
};

use super::{file, progress::ProgressLine, verify};
use crate::{Exit, Failure, Session};

pub(super) fn command() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    Command::new("import")
        .about("Takes over a log that was exported, into a store that is empty or holds the beginning of it")
        .long_about(
            "Takes over a log that was exported, exactly as it is, into a store that is empty or holds the beginning of it. The file is \
             checked from its first line to its last before anything is stored. An import that was interrupted goes on where it \
             stopped: call it again with the same file; until it is done, no program starts on the store.\n\nRead models are made \
             again from the log when the program starts. Event handlers go on where they were: what they did outside is not done \
             again.",
        )
        .args([
            file::argument("The file; `-` is standard input, which cannot be checked before it is taken over"),
            flag("any-domain", "Takes over the log of a domain with another name, too"),
            flag("unchecked", "Does not read the file through before anything is stored; a wrong checksum is known at the end only"),
            flag("verify", "Compares the store with the file afterwards, record by record"),
            file::json(),
        ])
}

pub(super) fn run<'a>(
    session: &'a Session,
    matches: &'a ArgMatches,
    out: &'a mut (dyn Write + Send),
) -> BoxFuture<'a, Result<(), Failure>> {
    Box::pin(async move {
        let name = file::name(matches);
        let domain = session.domain();
        let projectors = domain.projectors().map_err(|faults| Failure::new(Exit::Data, faults.to_string()))?;
        if name == file::STANDARD && matches.get_flag("verify") {
            return Err(Failure::new(Exit::Usage, "standard input cannot be read again to verify it: give the name of a file"));
        }
        if name != file::STANDARD && !matches.get_flag("unchecked") {
            let mut line = ProgressLine::new("checking", matches);
            let checked = check(file::open(name)?, |done| line.tell(done));
            line.end();
            checked.map_err(file::of_file(name))?;
        }
        let from = file::open(name)?;
        let store = session.store().await?;
        let mut line = ProgressLine::new("importing", matches);
        let mut import = Import::into(&*store).rebuilding(projectors).progress(|done| line.tell(done));
        if !matches.get_flag("any-domain") {
            import = import.of(domain.name());
        }
        let imported = import.read(from).await;
        line.end();
        let summary = imported.map_err(file::of_file(name))?;
        if matches.get_flag("verify") {
            let comparison = Comparison::of(Side::Store(&*store), Side::File(file::open(name)?)).await;
            verify::tell(&mut std::io::sink(), matches, &comparison.map_err(file::of_file(name))?)?;
        }
        file::tell(out, matches, &format!("imported from {name} into {}", session.database().value), summary)
    })
}
