//! How far a long command is, told to a person who watches, and to nobody else.

use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

use clap::ArgMatches;
use fidelis::interchange::Progress;

/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// A line on standard error that is written over and over; nothing when that is no terminal, or when the result is to be JSON.
pub(super) struct ProgressLine {
    shown: bool,
    what: &'static str,
    began: Instant,
    first: Option<u64>,
    last: Option<Instant>,
}

impl ProgressLine {
    pub(super) fn new(what: &'static str, matches: &ArgMatches) -> Self {
        let shown = stderr().is_terminal() && !matches.get_flag("json");
        ProgressLine { shown, what, began: Instant::now(), first: None, last: None }
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        let first = *self.first.get_or_insert(progress.records);
        if !self.shown || self.last.is_some_and(|last| last.elapsed() < EVERY) && progress.records < progress.of {
            return;
        }
        self.last = Some(Instant::now());
        // Whoever watches may have gone; the work goes on.
        let _ = write!(stderr(), "\r\x1b[K{}", words(self.what, first, progress, self.began.elapsed()));
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        if self.shown {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// `importing: 12000 of 48000 records (25 %), 30000 per second, 2 s left`; `first` were done when it began.
fn words(what: &str, first: u64, progress: Progress, elapsed: Duration) -> String {
    let Progress { records, of, .. } = progress;
    let percent = (records * 100).checked_div(of).unwrap_or(100);
    let mut words = format!("{what}: {records} of {of} records ({percent} %)");
    let rate = (records - first) as f64 / elapsed.as_secs_f64();
    if rate >= 1.0 && rate.is_finite() {
        let left = ((of - records) as f64 / rate).ceil();
        words += &format!(", {rate:.0} per second, {left:.0} s left");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_rate_and_what_is_left_of_this_attempt() {
        let at = |records| Progress { records, of: 48_000, bytes: 0 };
        let began = words("importing", 6_000, at(6_000), Duration::ZERO);
        assert_eq!(began, "importing: 6000 of 48000 records (12 %)");
        let later = words("importing", 6_000, at(18_000), Duration::from_secs(4));
        assert_eq!(later, "importing: 18000 of 48000 records (37 %), 3000 per second, 10 s left");
        assert_eq!(words("checking", 0, Progress::default(), Duration::from_secs(1)), "checking: 0 of 0 records (100 %)");
    }
}
