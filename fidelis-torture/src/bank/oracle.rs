//! What is left of a bank, judged by nothing but SQL: none of our crates is asked, and no code of the bank.
//!
//! The log, the answers, the checkpoints and the read models are copied into temporary tables whose names do not depend on the
//! store, and what the events say is taken out of their JSON (`tables`). Each check is then one question that gives a row for
//! everything that must not be: `money` at every position of the log, what is `asked` and told, the `steps` of processes,
//! `rows` of read models; and what must have come to its end when all is `at_rest`.

mod asked;
mod at_rest;
mod happened;
mod identities;
mod money;
mod rows;
mod steps;
mod tables;
#[cfg(test)]
mod tests;

pub use happened::Happened;

use crate::{
    History, Place,
    oracle::{Check, Database, Finding, LOG_CHECKS, Verdict},
};

/// What holds at any moment.
const EVERYWHERE: [&[Check]; 5] = [LOG_CHECKS, money::CHECKS, asked::CHECKS, steps::CHECKS, rows::CHECKS];

/// How many places a check names before it stops.
const PLACES: usize = 3;

/// When a bank is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Anywhere: much is on its way.
    Interrupted,
    /// When everything has had the time to come to its end.
    AtRest,
}

/// What an oracle has seen of a bank.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Everything that must not be.
    pub verdict: Verdict,
    /// What has happened in it.
    pub happened: Happened,
    /// How many processes are between two steps.
    pub on_their_way: u64,
    /// How many calls that nobody has answered have happened.
    pub unheard: u64,
}

/// Judges a bank by what callers were told; nobody may be writing into a file.
///
/// # Panics
/// When it cannot be read at all.
pub fn judge(place: &Place, history: &History, moment: Moment) -> Seen {
    let Some(database) = Database::open(place) else {
        return Seen::default();
    };
    tables::make(&database);
    tables::tell(&database, history);
    examine(&database, history, moment)
}

/// Asks all questions to the oracle's tables.
fn examine(database: &Database, history: &History, moment: Moment) -> Seen {
    let mut verdict = Verdict::default();
    for (key, text) in history.contradictions().iter().take(PLACES) {
        let first = history.told().get(key).map_or("", String::as_str);
        let at = format!("{key}: `{first}`, then `{text}`");
        verdict.findings.push(Finding { check: "who asks again is told the same", at });
    }
    let checks = EVERYWHERE.into_iter().chain((moment == Moment::AtRest).then_some(at_rest::CHECKS));
    for check in checks.flatten() {
        verdict.findings.extend(ask(database, check));
    }
    verdict.findings.extend(identities::check(database));
    let count = |sql: &str| database.rows(sql)[0][0].as_deref().and_then(|count| count.parse().ok()).unwrap_or_default();
    verdict.records = count("select count(*) from log");
    Seen {
        verdict,
        happened: Happened::count(count),
        on_their_way: count("select count(*) from processes_now where status <> 'completed'"),
        unheard: count("select count(*) from calls where answer is null and command in (select command from settled)"),
    }
}

fn ask(database: &Database, check: &Check) -> impl Iterator<Item = Finding> {
    let rows = database.rows(&format!("select * from ({}) as places limit {PLACES}", check.sql));
    let name = check.name;
    rows.into_iter().map(move |row| Finding { check: name, at: row.into_iter().flatten().collect() })
}
