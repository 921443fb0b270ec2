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
        let endings = |filter: &str| {
            count(&format!(
                "select count(*) from endings where {filter} and mission {} (select mission from moves where mission is not null)",
                "in"
            ))
        };
        let late = "select count(*) from endings join missions using (mission) where how = 'done' \
                    and process in (select stream from steps where cause_kind = 'timer')";
        Happened {
            completed: endings("how = 'done' and mission like 'transfer:%'"),
            refused: count(
                "select count(*) from endings where how = 'undone' and mission like 'transfer:%' \
                 and mission not in (select mission from moves where mission is not null)",
            ),
            given_back: endings("how = 'undone' and mission like 'transfer:%'"),
            closed: count("select count(*) from endings where how = 'done' and mission like 'closure:%'"),
            abandoned: endings("how = 'undone' and mission like 'closure:%'"),
            timers: count("select count(*) from steps where cause_kind = 'timer'"),
            arrived_late: count(late),
            at_the_counter: count("select count(*) from moves where mission is null"),
        }
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Happened { completed, refused, given_back, closed, abandoned, timers, arrived_late, at_the_counter } = self;
        write!(
            f,
            "transfers: {completed} completed, {refused} refused, {given_back} given back, {arrived_late} arrived when their time \
             was over; closures: {closed} completed, {abandoned} paid back; {timers} timers fired; {at_the_counter} moves at the counter"
        )
    }
}
