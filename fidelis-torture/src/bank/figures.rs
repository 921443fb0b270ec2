//! What a run has to show: one in which the rare things have not happened has shown nothing.

use std::ops::Range;

use super::{Fire, oracle::Happened};
use crate::Step;

/// How long a run is, at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many processes are killed.
    pub kills: u64,
    /// How many transfers end.
    pub transfers: u64,
    /// How often the server is stopped, if there is one.
    pub stops: u64,
}

/// What a longer or shorter run has to show more or less of.
#[derive(Clone, Copy)]
enum With {
    Kills,
    Transfers,
}

const TOLD_NOBODY: &str = "killed when a commit had happened and nobody was told";
const UNKNOWN_AND_THERE: &str = "unknown and there";
const TWICE: &str = "came twice and was recognised";
const COMPENSATED: &str = "transfers and closures that gave back";
const CONFLICT: &str = "conflict";
const STOPS: &str = "stops of the server";

/// What a night has to show; of everything else it is enough that it has happened.
const OF_A_NIGHT: [(&str, With, u64); 5] = [
    (TOLD_NOBODY, With::Kills, 100),
    (UNKNOWN_AND_THERE, With::Transfers, 20),
    (TWICE, With::Transfers, 3_000),
    (COMPENSATED, With::Transfers, 1_000),
    (CONFLICT, With::Transfers, 200),
];

/// What tellers count of what their stores say, and the troubles they make.
const COUNTED: [&str; 6] = ["repeated", "recognised", CONFLICT, "refused", "unknown", UNKNOWN_AND_THERE];

impl Figures {
    /// A night.
    pub const NIGHT: Figures = Figures { kills: 1_000, transfers: 50_000, stops: 10 };

    /// How many calls are answered before a process is killed, so that kills and transfers are enough at about the same time: half of the
    /// processes have callers, many of them die at a step of a commit before that, and of ten calls seven are transfers.
    pub fn pace(&self) -> Range<usize> {
        let calls = (self.transfers * 6 / self.kills.max(1)).max(20) as usize;
        calls / 2..calls * 2
    }

    /// What a run of this length has not shown yet.
    pub fn missing(&self, counts: &[(&'static str, u64)]) -> Vec<String> {
        let short =
            counts.iter().map(|(name, count)| (*name, *count, self.least(name))).filter(|(_, count, least)| count < least);
        short.map(|(name, count, least)| format!("{name}: {count} of {least}")).collect()
    }

    /// How often something of this name has to happen.
    fn least(&self, name: &str) -> u64 {
        if name == STOPS {
            return self.stops;
        }
        let of_a_night = OF_A_NIGHT.iter().find(|(known, ..)| *known == name);
        let share = of_a_night.map_or(0, |(_, with, count)| match with {
            With::Kills => count * self.kills / Figures::NIGHT.kills,
            With::Transfers => count * self.transfers / Figures::NIGHT.transfers,
        });
        share.max(1)
    }
}

impl Fire {
    /// What has happened, by name: to its processes, to what they asked their stores, and in the bank; `stops`: how often its server
    /// was stopped, if it has one.
    pub fn counts(&self, happened: &Happened, stops: Option<u64>) -> Vec<(&'static str, u64)> {
        let counted = |name| self.history.counted(name);
        let own = [
            ("processes killed", self.kills),
            ("killed before a commit began", self.deaths.at(Step::BeforeBegin)),
            ("killed when a commit was decided", self.deaths.at(Step::AfterDecide)),
            ("killed when a commit was written", self.deaths.at(Step::BeforeCommit)),
            (TOLD_NOBODY, self.deaths.at(Step::AfterCommit)),
            ("processes between two steps at a kill", self.between),
            ("calls that happened and nobody was told", self.unheard),
            (TWICE, counted("repeated") + counted("recognised")),
            (COMPENSATED, happened.given_back + happened.abandoned),
        ];
        let stops = stops.map(|stops| (STOPS, stops));
        let counted = COUNTED.map(|name| (name, counted(name)));
        stops.into_iter().chain(own).chain(counted).chain(happened.all()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_run_has_to_show_as_much_less_and_each_thing_once() {
        let counts = [(TOLD_NOBODY, 99), (TWICE, 3_000), ("timers fired", 0), (STOPS, 9)];
        let missing = |figures: Figures| figures.missing(&counts).join(", ");
        let timers = "timers fired: 0 of 1";
        assert_eq!(missing(Figures::NIGHT), format!("{TOLD_NOBODY}: 99 of 100, {timers}, {STOPS}: 9 of 10"));
        assert_eq!(missing(Figures { kills: 990, stops: 9, ..Figures::NIGHT }), timers);
        assert_eq!(missing(Figures { kills: 0, transfers: 50_017, stops: 0 }), format!("{TWICE}: 3000 of 3001, {timers}"));
        assert_eq!(missing(Figures { kills: 1, transfers: 1, stops: 1 }), timers);
    }
}
