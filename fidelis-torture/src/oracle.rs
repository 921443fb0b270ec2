//! What is left in the database, judged by nothing but SQL: none of our crates is asked.
//!
//! A reader ([`sqlite`], [`postgres`]) copies what a store keeps into temporary tables whose names do not depend on the store:
//! `log`, `settled`, `checkpoints`, `parked`, the read models, and `calls`, what the callers were told. Each [`Check`] is then
//! one question that gives a row for everything that must not be.

mod checks;
mod database;
pub mod postgres;
pub mod sqlite;
#[cfg(test)]
mod tests;

use std::fmt;

pub use checks::{CHECKS, Check, LOG_CHECKS};
pub(crate) use database::Database;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the check that found it.
    pub check: &'static str,
    /// Where.
    pub at: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.at)
    }
}

/// What an oracle has seen.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Everything that must not be; at most a few of each kind.
    pub findings: Vec<Finding>,
    /// How many records there are.
    pub records: u64,
    /// Which calls without a known outcome turned out to have happened.
    pub happened: Vec<crate::Key>,
}

impl Verdict {
    /// # Panics
    /// When something was found; `what` says of what.
    pub fn must_be_clean(&self, what: &str) {
        let findings: Vec<_> = self.findings.iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "{what}:\n{}", findings.join("\n"));
    }

    /// Whether this check has found something.
    pub fn names(&self, check: &str) -> bool {
        self.findings.iter().any(|finding| finding.check == check)
    }
}

/// What a store calls its things: questions that give the columns of the oracle's tables, in their order.
pub(crate) struct Relations {
    /// `position, stream, stream_position, time, id, payload`.
    pub(crate) log: &'static str,
    /// `command` (with hyphens), `position`.
    pub(crate) settled: &'static str,
    /// `name`, `position`.
    pub(crate) checkpoints: &'static str,
    /// `name`, `position`.
    pub(crate) parked: &'static str,
    /// What stands before the name of a read model.
    pub(crate) read_models: &'static str,
}

impl Relations {
    /// The statements that copy everything into the oracle's tables; `calls` is not filled.
    pub(crate) fn statements(&self) -> Vec<String> {
        let Relations { log, settled, checkpoints, parked, read_models } = self;
        vec![
            format!(
                "create temp table log as select position, stream, stream_position, time, id, payload ->> 'key' as key, \
                 cast(payload ->> 'part' as bigint) as part, cast(payload ->> 'parts' as bigint) as parts, \
                 payload ->> 'account' as account, cast(payload ->> 'amount' as bigint) as amount, \
                 cast(payload ->> 'expected' as bigint) as expected from ({log}) as records"
            ),
            format!("create temp table settled as {settled}"),
            format!("create temp table checkpoints as {checkpoints}"),
            format!("create temp table parked as {parked}"),
            format!("create temp table commits as select key, parts from {read_models}torture_commits"),
            format!("create temp table balances as select account, amount, changes from {read_models}torture_balances"),
            format!("create temp table totals as select account, amount, changes from {read_models}torture_totals"),
            "create temp table calls (key text not null, command text not null, answer text)".to_owned(),
        ]
    }
}
