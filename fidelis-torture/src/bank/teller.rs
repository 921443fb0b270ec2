//! The process: two engines on one database, callers on threads, and what follows what they do.

use std::{
    future::pending,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use fidelis_core::{
    Engine, Envelope, Error, ErrorKind, block_on,
    process::{ProcessStatus, ProcessSummary},
};
use fidelis_mistaken_bank::Mistake;
use rand::RngExt;

use super::{
    Errands, Shift,
    clock::Jumping,
    errands::{Ask, Errand, PARTS},
    trouble::Trouble,
};
use crate::{Answer, Key, Line, meddling::meddled, worker::say};

/// So often a command is asked for that nobody answers; then it stays open.
const ATTEMPTS: u32 = 100;

struct Tellers<'a> {
    shift: &'a Shift,
    engines: [Engine; 2],
    clock: Jumping,
    /// The accounts there are before anything else happens.
    accounts: Vec<String>,
    /// How many errands were run.
    run: AtomicU64,
}

/// Works until it is killed, or until everything is at its end.
///
/// # Errors
/// When the bank cannot be opened.
pub(crate) fn work(shift: &Shift) -> Result<(), Error> {
    let clock = Jumping::ahead(shift.ahead);
    let engines = [opened(shift, &clock, 0)?, opened(shift, &clock, 1)?];
    let mut tellers = Tellers { shift, engines, clock, accounts: shift.accounts.clone(), run: AtomicU64::new(0) };
    if tellers.accounts.is_empty() {
        tellers.make_ready();
    }
    say(&Line::Ready);
    if !shift.closes {
        for engine in tellers.engines.clone() {
            // It ends with the process.
            drop(thread::spawn(move || block_on(engine.follow(pending()))));
        }
    }
    let tellers = &tellers;
    thread::scope(|scope| {
        scope.spawn(|| tellers.ask_again(&shift.open, 0));
        scope.spawn(|| tellers.ask_again(&shift.again, 1));
        if !shift.closes {
            for caller in 0..2 * shift.callers {
                scope.spawn(move || tellers.serve(caller));
            }
        }
    });
    if !shift.closes {
        // Until it is killed.
        loop {
            thread::park();
        }
    }
    if !tellers.bring_to_an_end() {
        say(&Line::Note("not everything has come to an end".to_owned()));
    }
    say(&Line::Finished);
    Ok(())
}

/// An engine, as soon as the database can be used.
fn opened(shift: &Shift, clock: &Jumping, which: u64) -> Result<Engine, Error> {
    for attempt in 0..ATTEMPTS {
        match block_on(engine(shift, clock, which)) {
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unknown) => {
                say(&Line::Note(format!("not open yet: {error}")));
                thread::sleep(Duration::from_millis(1 << attempt.min(8)));
            }
            done => return done,
        }
    }
    block_on(engine(shift, clock, which))
}

/// One engine with a store of its own, as if it were another process.
async fn engine(shift: &Shift, clock: &Jumping, which: u64) -> Result<Engine, Error> {
    let store = shift.place.open().await?;
    let store = match shift.bug {
        Some(bug) => bug.built_into(store),
        None => store,
    };
    let store = meddled(store, Trouble::new(shift.errands.seed ^ (u64::from(shift.run) << 8) ^ which, shift.refuses));
    let bank = match shift.mistake.as_deref().map(Mistake::named) {
        None => fidelis_domain::domain(),
        Some(Some(mistake)) => {
            fidelis_mistaken_bank::make(mistake);
            fidelis_mistaken_bank::domain()
        }
        Some(None) => return Err(Error::invalid(format!("there is no mistake {:?}", shift.mistake))),
    };
    // Clocks go so far ahead that answers would be forgotten, rightly, which the oracle takes for a loss: it asks for those of the first day.
    bank.on_shared(store).clock(clock.clone()).snapshot_every(40).keep_settlements_for_ever().start().await
}

impl Tellers<'_> {
    /// Opens the accounts, or asks for what there is already.
    fn make_ready(&mut self) {
        for key in Errands::openings().chain(Errands::closings()) {
            let answer = self.settle(key, key.number as usize, None);
            if key.caller == 0 {
                self.accounts.push(answer.unwrap_or_default());
            }
        }
    }

    /// Runs errands without end.
    fn serve(&self, caller: u32) {
        for number in (0..).step_by(PARTS as usize) {
            let key = Key { run: self.shift.run, caller, number };
            let mut chance = key.chance(self.shift.errands.seed.rotate_left(17));
            let which = caller as usize;
            let repeated = chance.random_range(0..100);
            match self.shift.errands.errand(key) {
                Errand::Leaves => self.leave(key, which),
                // The same command comes in at both engines at once.
                Errand::One if repeated < 5 => thread::scope(|scope| {
                    scope.spawn(|| self.settle(key, which + 1, None));
                    self.settle(key, which, None);
                }),
                Errand::One => drop(self.settle(key, which, None)),
            }
            if repeated >= 90 {
                self.settle_again(key, which + 1);
            }
            let done = self.run.fetch_add(1, Ordering::Relaxed) + 1;
            if done == self.shift.jumps_after {
                self.clock.jump(25);
            }
        }
    }

    /// A customer opens an account, asks to leave at one engine, and gets money at the other one.
    fn leave(&self, key: Key, which: usize) {
        let Some(own) = self.settle(key, which, None) else { return };
        let part = |part| Key { number: key.number + part, ..key };
        thread::scope(|scope| {
            scope.spawn(|| self.settle(part(1), which, Some(&own)));
            self.settle(part(2), which + 1, Some(&own));
        });
    }

    fn ask_again(&self, keys: &[String], which: usize) {
        for key in keys {
            match key.parse() {
                Ok(key) => self.settle_again(key, which),
                Err(error) => say(&Line::Note(format!("{error}"))),
            }
        }
    }

    /// Asks for a command that may have been answered; first for the one that has opened its account, if it needs one.
    fn settle_again(&self, key: Key, which: usize) {
        let is_part = !Errands::is_preparation(key) && !key.number.is_multiple_of(PARTS);
        if !is_part {
            self.settle(key, which, None);
        } else if let Some(own) = self.settle(Key { number: key.number - key.number % PARTS, ..key }, which, None) {
            self.settle(key, which, Some(&own));
        }
    }

    /// Asks for a command under its key until it is answered; gives the answer, unless it was refused.
    fn settle(&self, key: Key, which: usize, own: Option<&str>) -> Option<String> {
        let engine = &self.engines[which % 2];
        say(&Line::Calls(key));
        let Ask { name, payload } = match Errands::is_preparation(key) {
            true => Errands::preparation(key, &self.accounts),
            false => self.shift.errands.command(key, &self.accounts, own),
        };
        for attempt in 0..ATTEMPTS {
            let envelope = Envelope::identified(key.command());
            match block_on(engine.process_json(name, &payload, envelope)) {
                Ok(receipt) => {
                    say(&Line::Told(key, receipt.value.clone()));
                    say(&Line::Answered(key, Answer::Done));
                    return Some(receipt.value.trim_matches('"').to_owned());
                }
                Err(error) if matches!(error.kind(), ErrorKind::Rejected | ErrorKind::Invalid) => {
                    say(&Line::Told(key, format!("refused: {error}")));
                    say(&Line::Answered(key, Answer::Failed));
                    return None;
                }
                // Others who always win have done the same.
                Err(error) if error.kind() == ErrorKind::Conflict && attempt > 3 => {
                    say(&Line::Note(format!("{key}: {error}")));
                    return None;
                }
                // Under its key it can be asked for again, whatever became of it.
                Err(error) => {
                    say(&Line::Note(format!("{key}: {error}")));
                    thread::sleep(Duration::from_millis(1 << attempt.min(8)));
                }
            }
        }
        None
    }

    /// Lets everything that is on its way come to its end; `false` when it does not.
    fn bring_to_an_end(&self) -> bool {
        for _ in 0..self.shift.looks {
            let settled = self.engines.iter().all(|engine| block_on(engine.settle()).is_ok());
            if settled && block_on(self.is_at_rest()).unwrap_or_default() {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Whether no process is on its way and nothing is set aside.
    async fn is_at_rest(&self) -> Result<bool, Error> {
        let [engine, _] = &self.engines;
        let on_their_way = !ProcessSummary::STATUS.eq(ProcessStatus::Completed);
        Ok(engine.query::<ProcessSummary>().filter(on_their_way).count().await? == 0 && engine.parked().await?.is_empty())
    }
}
