//! What has happened in a bank, counted: a run in which the rare things did not happen has shown nothing.

use std::fmt;

/// What has happened in a bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Transfers that arrived.
    pub completed: u64,
    /// Transfers that took nothing, because that was refused.
    pub refused: u64,
    /// Transfers whose money was given back.
    pub given_back: u64,
    /// Closures that closed an account.
    pub closed: u64,
    /// Closures that paid out and took it back.
    pub abandoned: u64,
    /// Timers that fired.
    pub timers: u64,
    /// Transfers that arrived although their time was over: money was under way then.
    pub arrived_late: u64,
    /// Moves of money at the counter.
    pub at_the_counter: u64,
}

impl Happened {
    pub(super) fn count(count: impl Fn(&str) -> u64) -> Self {
        let moved = "mission in (select mission from moves where mission is not null)";
        let endings = |filter: &str| count(&format!("select count(*) from endings where {filter}"));
        Happened {
            completed: endings("how = 'done' and mission like 'transfer:%'"),
            refused: endings(&format!("how = 'undone' and mission like 'transfer:%' and not {moved}")),
            given_back: endings(&format!("how = 'undone' and mission like 'transfer:%' and {moved}")),
            closed: endings("how = 'done' and mission like 'closure:%'"),
            abandoned: endings(&format!("how = 'undone' and mission like 'closure:%' and {moved}")),
            timers: count("select count(*) from steps where cause_kind = 'timer'"),
            arrived_late: count(
                "select count(*) from endings join missions using (mission) where how = 'done' \
                 and process in (select stream from steps where cause_kind = 'timer')",
            ),
            at_the_counter: count("select count(*) from moves where mission is null"),
        }
    }

    /// All of it, by name.
    pub fn all(&self) -> [(&'static str, u64); 8] {
        let Happened { completed, refused, given_back, closed, abandoned, timers, arrived_late, at_the_counter } = *self;
        [
            ("transfers completed", completed),
            ("transfers refused", refused),
            ("transfers given back", given_back),
            ("transfers that arrived when their time was over", arrived_late),
            ("closures completed", closed),
            ("closures paid back", abandoned),
            ("timers fired", timers),
            ("moves at the counter", at_the_counter),
        ]
    }

    /// How many transfers have ended.
    pub fn transfers(&self) -> u64 {
        self.completed + self.refused + self.given_back
    }
}

/// `name: count`, separated by semicolons.
impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all().map(|(name, count)| format!("{name}: {count}"));
        f.write_str(&all.join("; "))
    }
}
