//! Runs every case with every candidate and prints the ratios, as Markdown.
//!
//! `peers [ROUNDS]`; 15 rounds unless told otherwise. The store of `cqrs-es` prints to standard output, so the measuring
//! is done by a second process whose standard output goes nowhere; it reports over standard error.

use alloc_counter::AllocCounterSystem;
use peers::{
    cases::{deposit, history, replay, store_size},
    measure::Figures,
    table,
};
use std::{
    env, fs,
    io::{self, Write},
    process::{Command, ExitCode, Stdio},
};

#[global_allocator]
static ALLOCATOR: AllocCounterSystem = AllocCounterSystem;

/// Set for the process that measures.
const MEASURING: &str = "PEERS_MEASURING";

const ROUNDS: usize = 15;

fn main() -> io::Result<ExitCode> {
    let rounds = env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    if env::var_os(MEASURING).is_some() {
        return measure(&mut io::stderr(), rounds).map(|()| ExitCode::SUCCESS);
    }
    let mut child = Command::new(env::current_exe()?)
        .arg(rounds.to_string())
        .env(MEASURING, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut report) = child.stderr.take() {
        io::copy(&mut report, &mut io::stdout())?;
    }
    Ok(if child.wait()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(out: &mut dyn Write, rounds: usize) -> io::Result<()> {
    // How busy the machine is: more than a few runnable tasks per core and even CPU time suffers, from cold caches.
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned());
    writeln!(out, "load {}; median of {rounds} rounds, cases in turn, CPU time of the thread", load.trim())?;

    table::ratios(out, "A deposit, 10,000 accounts", "command", &deposit::run(rounds))?;

    let heads = ["ns/command with a history of", "10", "1,000", "50,000", "50,000 : 10", "at 50,000 : hand-written"];
    by_size(out, "A deposit, longer and longer histories", &heads, &history::run(rounds))?;

    let heads = ["ns/command with .. accounts", "1,000", "10,000", "100,000", "100,000 : 1,000", "at 100,000 : hand-written"];
    by_size(out, "A deposit, larger and larger stores", &heads, &store_size::run(rounds))?;

    table::ratios(out, "Replay of 10,000 events", "event", &replay::run(rounds))
}

/// A row per candidate, a column per size, and what the largest costs against the smallest and against the first candidate.
fn by_size(out: &mut dyn Write, title: &str, heads: &[&str], figures: &[[Figures; 3]]) -> io::Result<()> {
    let rows = figures.iter().map(|sizes| {
        let [first, .., last] = sizes;
        let [.., limit] = &figures[0];
        let mut row = vec![first.name.clone()];
        row.extend(sizes.iter().map(|figures| table::nanoseconds(figures.nanoseconds())));
        row.push(table::ratio(last.against(first)));
        row.push(table::ratio(last.against(limit)));
        row
    });
    table::table(out, title, heads, rows)
}
