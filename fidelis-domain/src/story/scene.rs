//! One chapter being played: its bank, and what is told of it.

use std::{fmt::Debug, sync::Arc};

use fidelis::{
    Aggregate, Clock, Engine, Error, Id, ManualClock, Receipt, Recorded, SignedDuration, StreamName,
    store::{Direction, PageLimit, ReadFrom},
};
use fidelis_domain::{
    account::{Account, OpenAccount},
    compliance::ComplianceAlertHandler,
    money::Money,
    notices::{Notice, NotificationHandler, Outbox},
};

use super::{checks::Checks, stage::Stage, words::InWords};

/// A bank that opens its doors anew for each chapter, over the log that the chapters before have left, and perhaps other tellings of the
/// story. So a chapter looks at what is its own. A minute passes before each command.
pub(super) struct Scene<'a> {
    checks: &'a mut Checks,
    /// What was told so far.
    text: String,
    clock: Arc<ManualClock>,
    /// The end of the log when the chapter began.
    began: u64,
    /// The bank.
    pub(super) bank: Engine,
    /// Where its notices to customers go.
    pub(super) notices: Outbox,
    /// Where its alerts to compliance go.
    pub(super) alerts: Outbox,
    /// How many of either were told.
    told: [usize; 2],
}

impl<'a> Scene<'a> {
    /// Opens the bank.
    pub(super) async fn open(stage: &Stage, checks: &'a mut Checks) -> Result<Self, Error> {
        let (notices, alerts) = (Outbox::default(), Outbox::default());
        let bank = fidelis_domain::domain()
            .with(NotificationHandler::new(Arc::new(notices.clone())))
            .with(ComplianceAlertHandler::new(Arc::new(alerts.clone())))
            .on_shared(Arc::clone(&stage.store))
            .clock(Arc::clone(&stage.clock))
            .randomness(stage.chance.clone())
            .start()
            .await?;
        // What an interrupted telling left undone is done now, and is none of this chapter's.
        bank.settle().await?;
        let began = bank.store().head().await?;
        let told = [notices.notices().len(), alerts.notices().len()];
        let clock = Arc::clone(&stage.clock);
        Ok(Scene { checks, text: String::new(), clock, began, bank, notices, alerts, told })
    }

    /// What was told so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Says something.
    pub(super) fn say(&mut self, what: &str) {
        self.line("", what);
    }

    /// Alice Johnson opens ACC-001.
    pub(super) async fn alice_opens(&mut self, opening_deposit: Money) -> Result<Id<Account>, Error> {
        let (account_number, holder_name) = ("ACC-001".to_owned(), "Alice Johnson".to_owned());
        self.accepted(OpenAccount { account_number, holder_name, opening_deposit }).await
    }

    /// A command that is to be accepted.
    pub(super) async fn accepted<C: InWords>(&mut self, command: C) -> Result<C::Output, Error> {
        Ok(self.processed(command).await?.value)
    }

    /// A command that is to be accepted, whatever its consumers do.
    pub(super) async fn processed<C: InWords>(&mut self, command: C) -> Result<Receipt<C::Output>, Error> {
        let asked = self.asked(&command);
        let receipt = self.bank.process(command).await?;
        self.line(&asked.time, &format!("{} -> accepted", asked.words));
        for consumer in &receipt.lagging {
            self.say(&format!("`{}` is behind: {}", consumer.subscription, consumer.error));
        }
        self.tell_notices();
        Ok(receipt)
    }

    /// A command that is to be rejected in these words.
    pub(super) async fn rejected<C: InWords>(&mut self, command: C, words: &str) -> Result<(), Error> {
        let asked = self.asked(&command);
        let (answer, said) = match self.bank.process(command).await {
            Ok(_) => ("accepted", String::new()),
            Err(error) => match error.rejection() {
                Some(rejection) => ("rejected", rejection.to_string()),
                None => return Err(error),
            },
        };
        self.line(&asked.time, &format!("{} -> {answer}", asked.words));
        self.check(words, said.as_str(), words);
        Ok(())
    }

    /// Tells whether something is as expected.
    pub(super) fn check<T: PartialEq<U> + Debug, U: Debug>(&mut self, what: &str, actual: T, expected: U) {
        if actual == expected {
            self.line("ok", what);
            return self.checks.holds();
        }
        let failure = format!("{what}: expected {expected:?}, found {actual:?}");
        self.line("FAILED", &failure);
        self.checks.fails(failure);
    }

    /// Tells that the chapter cannot go on.
    pub(super) fn break_off(&mut self, why: &str) {
        let failure = format!("the chapter broke off: {why}");
        self.line("FAILED", &failure);
        self.checks.fails(failure);
    }

    /// Tells an account's log, and gives it.
    pub(super) async fn log(&mut self, account: Id<Account>) -> Result<Vec<Arc<Recorded>>, Error> {
        self.stream(&format!("{}::{}", self.bank.domain(), Account::STREAM), account).await
    }

    /// Tells the log of one stream, and gives it.
    pub(super) async fn stream<A>(&mut self, category: &str, id: Id<A>) -> Result<Vec<Arc<Recorded>>, Error> {
        let name = StreamName::new(category, id);
        let from = ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards };
        let records = self.bank.store().read(from, PageLimit::default()).await?;
        self.say(&format!("the log of {name}"));
        let width = records.iter().map(|record| record.metadata.type_name.as_str().len()).max().unwrap_or_default();
        for Recorded { metadata, payload } in records.iter().map(|record| &**record) {
            self.say(&format!("  {}  {:width$}  {payload}", metadata.position, metadata.type_name.as_str()));
        }
        Ok(records)
    }

    /// What was written into the streams of a category since the chapter began.
    pub(super) async fn written(&self, category: &str) -> Result<Vec<Arc<Recorded>>, Error> {
        let from = ReadFrom::Category { name: category, position: self.began + 1, direction: Direction::Forwards };
        self.bank.store().read(from, PageLimit::default()).await
    }

    /// How many records the whole log has in the streams of a category.
    pub(super) async fn count(&self, category: &str) -> Result<u64, Error> {
        let (mut count, mut position) = (0, 1);
        loop {
            let from = ReadFrom::Category { name: category, position, direction: Direction::Forwards };
            let page = self.bank.store().read(from, PageLimit::default()).await?;
            let Some(last) = page.last() else { return Ok(count) };
            count += page.len() as u64;
            position = last.metadata.global_position + 1;
        }
    }

    /// Tells the notices and alerts that were sent since.
    pub(super) fn tell_notices(&mut self) {
        for (place, outbox) in [self.notices.clone(), self.alerts.clone()].iter().enumerate() {
            let sent = outbox.notices();
            for notice in sent.iter().skip(self.told[place]) {
                self.say(&format!("sent, {}: {}", notice.subject, notice.text));
            }
            self.told[place] = sent.len();
        }
    }

    /// Lets time pass, and whatever falls due on the way happen.
    pub(super) async fn pass(&mut self, time: SignedDuration) -> Result<(), Error> {
        self.say(&format!("{} hours pass", time.as_hours()));
        self.clock.advance(time);
        self.bank.settle().await
    }

    /// A minute later, somebody asks.
    fn asked(&mut self, command: &impl InWords) -> Asked {
        self.clock.advance(SignedDuration::from_mins(1));
        Asked { time: self.clock.now().strftime("%H:%M").to_string(), words: command.in_words() }
    }

    /// A line with a mark at its left: the time, or whether something held.
    fn line(&mut self, mark: &str, text: &str) {
        let line = format!("{mark:>7}  {text}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// What an outbox sent about an account.
pub(super) fn about(outbox: &Outbox, account: Id<Account>) -> Vec<Notice> {
    let mut notices = outbox.notices();
    notices.retain(|notice| notice.account_id == account);
    notices
}

/// A command as it is told.
struct Asked {
    time: String,
    words: String,
}
