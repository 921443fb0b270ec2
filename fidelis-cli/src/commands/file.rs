//! Files that are named on the command line; `-` is standard input or output.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
};

use clap::{Arg, ArgAction, ArgMatches};
use fidelis::interchange::Summary;

use crate::{Exit, Failure};

/// The name of standard input and output.
pub(super) const STANDARD: &str = "-";

/// How much of a file is read at once.
const BUFFER: usize = 1 << 20;

pub(super) fn argument(help: &'static str) -> Arg {
    Arg::new("file").value_name("FILE").required(true).help(help)
}

pub(super) fn json() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Prints the result as one line of JSON, and no progress")
}

pub(super) fn name(matches: &ArgMatches) -> &str {
    matches.get_one::<String>("file").map_or(STANDARD, String::as_str)
}

/// Opens a file to be read.
pub(super) fn open(name: &str) -> Result<Box<dyn BufRead + Send>, Failure> {
    if name == STANDARD {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, io::stdin())));
    }
    let file = File::open(name).map_err(|error| Failure::new(Exit::NoInput, format!("`{name}` cannot be read: {error}")))?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, file)))
}

/// What is wrong with what a file holds, with the file's name.
pub(super) fn of_file(name: &str) -> impl Fn(fidelis::Error) -> Failure {
    move |error| {
        let exit = error.kind().into();
        Failure::new(exit, format!("`{name}`: {}", Failure::from(error)))
    }
}

/// Says what was moved.
pub(super) fn tell(out: &mut dyn Write, matches: &ArgMatches, done: &str, summary: Summary) -> Result<(), Failure> {
    if matches.get_flag("json") {
        return Ok(writeln!(out, "{}", serde_json::json!(summary))?);
    }
    let Summary { records, resumed, settlements, checkpoints, parked } = summary;
    let before = if resumed > 0 { format!(" ({resumed} of them before)") } else { String::new() };
    Ok(writeln!(
        out,
        "{done}: {records} records{before}, {settlements} answers to commands, {checkpoints} checkpoints, {parked} parked messages"
    )?)
}
