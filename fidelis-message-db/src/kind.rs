//! What a row is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Row;

/// What Protean writes besides events and facts. None of it is taken over; each has to be left out by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `fidelis::account:command-..`: what somebody wanted. What came of it are events; carried out again it would happen twice.
    Commands,
    /// `fidelis::account:snapshot-..`: the state of an aggregate. It is had again from its events.
    Snapshots,
    /// `fidelis::funds_transfer_pm-..`: a step of a process manager. A process of Protean does not go on here; those that were not
    /// complete are in the [`Report`](crate::Report).
    Transitions,
    /// `position-..`: how far a handler was.
    Positions,
    /// `failed-..`: what a handler could not handle.
    Failures,
}

/// What a row is, and the parts of its stream's name.
pub(crate) enum Sorted<'a> {
    /// Of an aggregate.
    Event { category: &'a str, id: &'a str },
    /// The state of an aggregate after a save.
    Fact { category: &'a str, id: &'a str },
    /// Something else.
    Other(Kind),
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Commands, Kind::Snapshots, Kind::Transitions, Kind::Positions, Kind::Failures];

    /// Its name, as it is left out by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Commands => "commands",
            Kind::Snapshots => "snapshots",
            Kind::Transitions => "transitions",
            Kind::Positions => "positions",
            Kind::Failures => "failures",
        }
    }

    /// Why it is not taken over.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Kind::Commands => "what came of them are events, and carried out again they would happen twice",
            Kind::Snapshots => "states are had again from their events",
            Kind::Transitions => "a process of Protean does not go on here",
            Kind::Positions => "handlers go on behind the log",
            Kind::Failures => "what Protean's handlers could not handle is not handled again",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Sorts a row by the name of its stream, and by its type where that says more.
pub(crate) fn sorted(row: &Row) -> Result<Sorted<'_>, String> {
    let name = &*row.stream_name;
    let Some((category, rest)) = name.split_once('-') else {
        return Err(format!("`stream_name`: expected a category, a `-` and an identity, found `{name}`"));
    };
    let kind = match category {
        "position" => Some(Kind::Positions),
        "failed" => Some(Kind::Failures),
        _ if category.ends_with(":command") => Some(Kind::Commands),
        _ if category.ends_with(":snapshot") || row.type_name == "SNAPSHOT" => Some(Kind::Snapshots),
        _ if is_transition(&row.type_name) => Some(Kind::Transitions),
        _ => None,
    };
    if let Some(kind) = kind {
        return Ok(Sorted::Other(kind));
    }
    if rest.is_empty() {
        return Err(format!("`stream_name`: expected an identity after the `-`, found `{name}`"));
    }
    Ok(match rest.strip_prefix("fact-") {
        Some(id) => Sorted::Fact { category, id },
        None => Sorted::Event { category, id: rest },
    })
}

/// `Fidelis._FundsTransferPMTransition.v1`
fn is_transition(type_name: &str) -> bool {
    let name = type_name.split('.').nth(1).unwrap_or_default();
    name.starts_with('_') && name.ends_with("Transition")
}
