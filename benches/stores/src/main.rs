//! Durable deposits, long histories and read models on SQLite and on PostgreSQL, in one run for each store: Fidelis beside what
//! the database can do, by hand and by its own benchmark, and beside peers.
//!
//! `stores sqlite` or `stores postgres`; `--help` says what else. Tables are Markdown, on standard output; with `--json`, the same
//! figures as one JSON document.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing figures is what this program is for")]

mod by_hand;
mod commands;
mod fidelis_bank;
mod flush;
mod latency;
mod peers;
mod pgbench;
mod reading;
mod report;
mod setting;
mod transfers;

use std::process::ExitCode;

use clap::{Arg, ArgAction, Command, value_parser};
use load::Fault;

use crate::{
    report::Report,
    setting::{Database, Setting},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let matches = match arguments.get(1).map(String::as_str) {
        Some("follow") => None,
        _ => Some(command_line().get_matches()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Fault::from).and_then(|runtime| {
        let Some(matches) = matches else {
            return runtime.block_on(latency::follow(arguments.get(2).map_or("", String::as_str)));
        };
        let setting = Setting::of(&matches)?;
        let report = runtime.block_on(run(&setting, matches.get_many::<String>("case").map(|names| names.cloned().collect())))?;
        if matches.get_flag("json") {
            println!("{}", serde_json::to_string_pretty(&report)?);
        }
        Ok(())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn command_line() -> Command {
    Command::new("stores")
        .about("Measures Fidelis on a store beside the store's own limits and beside peers")
        .arg(Arg::new("database").required(true).value_parser(["sqlite", "postgres"]).help("The store"))
        .arg(
            Arg::new("url")
                .long("url")
                .help("A PostgreSQL server to use, instead of one that is started for this run and goes with it"),
        )
        .arg(Arg::new("folder").long("folder").help("Where files go: the disk that is measured; else this package's `target`"))
        .arg(number("rounds", "3", "How often each case runs, in turn; medians are printed"))
        .arg(number("milliseconds", "1500", "How long each measurement of commands takes"))
        .arg(number("events", "500000", "How many events are read and folded"))
        .arg(
            Arg::new("callers")
                .long("callers")
                .value_delimiter(',')
                .default_value("1,8,64,256")
                .value_parser(value_parser!(u64).range(1..=1_000))
                .help("Callers at once, in the measurement of commands"),
        )
        .arg(
            Arg::new("case")
                .long("case")
                .value_delimiter(',')
                .value_parser(["commands", "reading", "latency", "transfers"])
                .help("What is measured; else everything"),
        )
        .arg(Arg::new("only").long("only").help("In the measurement of commands: just who has a name that begins so, to be profiled"))
        .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Prints the figures as JSON"))
}

fn number(name: &'static str, default: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).default_value(default).value_parser(value_parser!(u64).range(1..)).help(help)
}

async fn run(setting: &Setting, cases: Option<Vec<String>>) -> Result<Report, Fault> {
    let mut report = Report::begin(setting)?;
    let asked = |case: &str| cases.as_ref().is_none_or(|cases| cases.iter().any(|asked| asked == case));
    if asked("commands") {
        let figures = commands::run(setting).await?;
        report.commands(setting, figures);
    }
    if asked("reading") {
        let figures = reading::run(setting).await?;
        report.reading(setting, figures);
    }
    if asked("latency") {
        let figures = latency::run(setting).await?;
        report.latency(setting, figures);
    }
    if asked("transfers") {
        let figures = transfers::run(setting).await?;
        report.transfers(figures);
    }
    if setting.database == Database::Postgres {
        report.note("client and server share the machine's cores");
    }
    Ok(report)
}
