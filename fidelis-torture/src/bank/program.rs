//! The bank under fire as a program for people.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use fidelis_test_servers::Postgres;
use serde_json::json;

use super::{Figures, Fire, Ordeal, oracle::Seen};
use crate::{Place, seed};

/// The command line, to be put under the program's own.
pub fn command() -> Command {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("NUMBER").default_value(default).value_parser(value_parser!(u64)).help(help)
    };
    Command::new("bank")
        .about("Sets the bank on fire: tellers that are killed, and a look at every position of what is left")
        .arg(Arg::new("database").required(true).value_parser(["sqlite", "postgres"]).help("Where the bank keeps its money"))
        .arg(
            Arg::new("keep")
                .long("keep")
                .value_name("FOLDER")
                .value_parser(value_parser!(PathBuf))
                .help("Keeps the file of SQLite in this folder, which is made; it must not hold one"),
        )
        .arg(number("kills", "1000", "Goes on until so many processes have been killed"))
        .arg(number("transfers", "50000", "Goes on until so many transfers have ended"))
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("NUMBER")
                .value_parser(value_parser!(u64))
                .help("What is asked for and which troubles there are; else from the clock"),
        )
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Prints what has happened as JSON"))
}

/// Does what the command line says. Progress goes to standard error, what has happened to standard output.
///
/// # Errors
/// What was found, or what kept it from being looked for, for people.
pub fn run(program: &Path, matches: &ArgMatches) -> Result<(), String> {
    let number = |name: &str| matches.get_one::<u64>(name).copied();
    let seed = number("seed").unwrap_or_else(seed);
    let folder = tempfile::tempdir().map_err(|error| format!("there is no temporary folder: {error}"))?;
    let mut server = None;
    let place = if matches.get_one::<String>("database").is_some_and(|database| database == "postgres") {
        let started = server.insert(Postgres::start(&[]).map_err(|error| error.to_string())?);
        Place::Postgres { url: started.url() }
    } else {
        Place::sqlite(file(matches.get_one("keep"), folder.path())?)
    };
    let mut fire = Fire::new(program, place, seed);
    let figures = Figures {
        kills: number("kills").unwrap_or_default(),
        transfers: number("transfers").unwrap_or_default(),
        stops: number("kills").unwrap_or_default() * Figures::NIGHT.stops / Figures::NIGHT.kills,
    };
    fire.pace = figures.pace();
    say(&format!("seed {seed}: until {} processes are killed and {} transfers have ended", figures.kills, figures.transfers));
    let mut ordeal = Ordeal::new(fire, figures, server.as_mut());
    let seen = ordeal.run(say)?;
    print(matches.get_flag("json"), &ordeal, &seen).map_err(|error| error.to_string())
}

/// The file of the bank, which is not there yet.
fn file(kept: Option<&PathBuf>, temporary: &Path) -> Result<PathBuf, String> {
    let Some(folder) = kept else { return Ok(temporary.join("bank.db")) };
    std::fs::create_dir_all(folder).map_err(|error| format!("cannot make the folder `{}`: {error}", folder.display()))?;
    let file = folder.join("bank.db");
    match file.exists() {
        false => Ok(file),
        true => Err(format!("there is a file `{}`: name another folder, or move it away", file.display())),
    }
}

fn print(as_json: bool, ordeal: &Ordeal<'_>, seen: &Seen) -> io::Result<()> {
    let fire = &ordeal.fire;
    let mut counts = vec![("records", seen.verdict.records), ("seconds until all was at rest", fire.rest.as_secs())];
    counts.extend(ordeal.counts(seen));
    let mut out = io::stdout().lock();
    if as_json {
        let counts: serde_json::Map<String, serde_json::Value> =
            counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        return writeln!(out, "{:#}", json!({ "seed": fire.errands.seed, "sound": true, "counts": counts }));
    }
    let width = counts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, count) in &counts {
        writeln!(out, "{name:width$}  {count:>9}")?;
    }
    writeln!(out, "seed {}: everything is sound, at the end and at every position of the log", fire.errands.seed)
}

fn say(line: &str) {
    // Nobody needs to be told who does not listen.
    let _ = writeln!(io::stderr(), "{line}");
}
