//! The bank under fire as a program for people.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use fidelis_test_servers::Postgres;
use rand::RngExt;
use serde_json::json;

use super::{Fire, oracle::Seen};
use crate::{Place, oracle::Verdict, seed};

/// How many processes are killed between two looks at the database.
const KILLS_A_ROUND: u32 = 10;

/// After so many rounds without anything new, what must happen has not, and never will.
const IDLE_ROUNDS: u32 = 30;

/// How likely it is that a server is stopped before a process is killed.
const STOPS: f64 = 0.1;

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
        .arg(number("transfers", "20000", "Goes on until so many transfers have ended"))
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
    let (kills, transfers) = (number("kills").unwrap_or_default(), number("transfers").unwrap_or_default());
    say(&format!("seed {seed}: until {kills} processes are killed and {transfers} transfers have ended"));
    let mut stops = 0_u64;
    let mut idle = 0;
    loop {
        let mut broken = None;
        let seen = fire.burn(
            KILLS_A_ROUND,
            |_| {},
            |chance| {
                if let Some(server) = server.as_mut().filter(|_| chance.random_bool(STOPS)) {
                    stops += 1;
                    broken = server.stop_immediately().and_then(|()| server.start_again()).err().map(|error| error.to_string());
                }
            },
        );
        if let Some(error) = broken {
            return Err(error);
        }
        clean(&seen.verdict, seed)?;
        let ended = seen.happened.transfers();
        say(&format!(
            "{} of {kills} killed, {ended} of {transfers} transfers, {} records, all sound",
            fire.kills, seen.verdict.records
        ));
        let missing = fire.missing(&seen.happened);
        if fire.kills >= kills && ended >= transfers {
            if missing.is_empty() {
                break;
            }
            idle += 1;
            if idle > IDLE_ROUNDS {
                return Err(format!("seed {seed}: nothing wrong was found, but this has not happened: {}", missing.join(", ")));
            }
        }
    }
    let seen = fire.end(|_| {});
    clean(&seen.verdict, seed)?;
    print(matches.get_flag("json"), &fire, &seen, stops).map_err(|error| error.to_string())
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

fn clean(verdict: &Verdict, seed: u64) -> Result<(), String> {
    if verdict.findings.is_empty() {
        return Ok(());
    }
    let findings: Vec<String> = verdict.findings.iter().map(|finding| format!("\n  {finding}")).collect();
    Err(format!("seed {seed}: the bank is not sound:{}", findings.concat()))
}

fn print(as_json: bool, fire: &Fire, seen: &Seen, stops: u64) -> io::Result<()> {
    let mut counts = vec![("records", seen.verdict.records), ("stops of the server", stops)];
    counts.extend(fire.counts());
    counts.extend(seen.happened.all());
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
