//! A whole run: fire until its figures are reached and all has happened that it is to show, then quiet, then the last judgement.

use fidelis_test_servers::Postgres;
use rand::{RngExt, rngs::StdRng};

use super::{Figures, Fire, oracle::Seen};
use crate::oracle::Verdict;

/// So many calls are so few that all of them are judged after every round.
const FEW: usize = 4_000;

/// After so many rounds more, what must happen has not, and never will.
const MORE: u32 = 60;

/// A whole run.
#[derive(Debug)]
pub struct Ordeal<'a> {
    /// The fire.
    pub fire: Fire,
    /// What it has to show.
    pub figures: Figures,
    /// The server under it, if there is one, which is stopped without a word and started again.
    pub server: Option<&'a mut Postgres>,
    /// How many processes are killed in one round, beside the two that burn when it ends.
    pub kills_a_round: u32,
    stops: u64,
    /// How many calls were answered when it was judged last, and how many transfers had ended.
    judged: (usize, u64),
}

impl<'a> Ordeal<'a> {
    /// One that has not begun.
    pub fn new(fire: Fire, figures: Figures, server: Option<&'a mut Postgres>) -> Self {
        Ordeal { fire, figures, server, kills_a_round: 8, stops: 0, judged: (0, 0) }
    }

    /// All of it; `say` is told how it goes on.
    ///
    /// # Errors
    /// What was found, or what has not happened, for people.
    ///
    /// # Panics
    /// When a process ends by itself, or nothing is done any more.
    pub fn run(&mut self, mut say: impl FnMut(&str)) -> Result<Seen, String> {
        let Figures { kills, transfers, .. } = self.figures;
        let seed = self.fire.errands.seed;
        let mut idle = 0;
        loop {
            self.burn()?;
            if !self.is_worth_a_look() {
                say(&format!("{} of {kills} killed, {} calls answered", self.fire.kills, self.fire.history.answered()));
                continue;
            }
            let seen = self.fire.look();
            clean(&seen.verdict, seed)?;
            let ended = seen.happened.transfers();
            self.judged = (self.fire.history.answered(), ended);
            let records = seen.verdict.records;
            say(&format!(
                "{} of {kills} killed, {ended} of {transfers} transfers, {records} records, all sound",
                self.fire.kills
            ));
            if self.fire.kills < kills || ended < transfers {
                continue;
            }
            let missing = self.figures.missing(&self.counts(&seen));
            if missing.is_empty() {
                break;
            }
            idle += 1;
            if idle > MORE {
                return Err(format!("seed {seed}: nothing wrong was found, but this has not happened: {}", missing.join(", ")));
            }
        }
        let seen = self.fire.end(|_| {});
        clean(&seen.verdict, seed)?;
        Ok(seen)
    }

    /// What has happened, by name.
    pub fn counts(&self, seen: &Seen) -> Vec<(&'static str, u64)> {
        self.fire.counts(&seen.happened, self.server.is_some().then_some(self.stops))
    }

    fn burn(&mut self) -> Result<(), String> {
        let Ordeal { fire, figures, server, kills_a_round, stops, .. } = self;
        // Twice as often as it has to be, so that it does not take longer for that.
        let share = (2.0 * figures.stops as f64 / figures.kills.max(1) as f64).min(1.0);
        let mut failure = None;
        let stop_and_start = |chance: &mut StdRng| {
            if let Some(server) = server.as_mut().filter(|_| chance.random_bool(share)) {
                *stops += 1;
                let error = server.stop_immediately().and_then(|()| server.start_again()).err();
                // What comes after the first failure follows from it.
                failure = failure.take().or(error);
            }
        };
        fire.burn(*kills_a_round, |_| {}, stop_and_start);
        failure.map_or(Ok(()), |error| Err(error.to_string()))
    }

    /// A judgement reads the whole log, so one after every round would take more time than the fire. What is wrong does not go away: it is
    /// made when the log has grown by a quarter, and when it may be the last one.
    fn is_worth_a_look(&self) -> bool {
        let (answered, ended) = self.judged;
        let now = self.fire.history.answered();
        let may_be_enough = self.fire.kills >= self.figures.kills
            && now as u128 * u128::from(ended) >= answered as u128 * u128::from(self.figures.transfers);
        now <= FEW || 4 * now >= 5 * answered || may_be_enough
    }
}

fn clean(verdict: &Verdict, seed: u64) -> Result<(), String> {
    if verdict.findings.is_empty() {
        return Ok(());
    }
    let findings: Vec<String> = verdict.findings.iter().map(|finding| format!("\n  {finding}")).collect();
    Err(format!("seed {seed}: the bank is not sound:{}", findings.concat()))
}
