//! Every attribute in every shape, without a warning.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]

use fidelis::prelude::*;

/// Is it open?
#[derive(Column, Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet.
    #[default]
    NotYet,
    /// Yes.
    #[serde(rename = "OPEN")]
    Open,
}

/// Money.
#[derive(Column, Clone, Copy, Debug, Default, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
pub struct Money(Decimal);

/// Opened.
#[event(part_of = Account)]
pub struct AccountOpened {
    /// Number.
    #[garde(length(max = 20))]
    pub number: String,
}

/// Made.
#[event(part_of = Account, version = 2, name = "DepositMade")]
pub struct DepositMade {
    /// How much.
    pub amount: Money,
    /// To whom.
    pub other: Id<Account>,
}

/// Closed.
#[event(part_of = Account)]
#[derive(Eq)]
pub struct AccountClosed;

/// An account.
#[aggregate(event_sourced, fact_events, name = "bank_account", on_replay = report)]
pub struct Account {
    /// Number.
    #[garde(length(max = 20))]
    pub number: String,
    /// How much.
    #[serde(default)]
    pub balance: Money,
    status: Status,
}

#[aggregate]
impl Account {
    /// Opens.
    pub fn open(id: Id<Account>, number: String) -> Result<Self, Rejection> {
        let mut account = Account::new(id);
        account.raise(AccountOpened { number })?;
        Ok(account)
    }

    /// Closes.
    pub fn close(&mut self) -> Result<(), Rejection> {
        self.raise(AccountClosed)
    }

    #[apply]
    fn on_opened(&mut self, event: &AccountOpened) {
        self.number.clone_from(&event.number);
        self.status = Status::Open;
    }

    #[fidelis::apply]
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance = event.amount;
    }

    #[apply]
    fn on_closed(&mut self, _: &AccountClosed) {
        self.status = Status::NotYet;
    }

    #[invariant(pre)]
    fn is_numbered(&self) -> Result<(), Rejection> {
        ensure!(self.number.len() < 10, number: "too long")
    }

    #[invariant(pre, post)]
    fn is_open(&self) -> Result<(), Rejection> {
        Ok(())
    }
}

/// Open.
#[command(part_of = Account)]
pub struct OpenAccount {
    /// Number.
    #[garde(length(max = 20))]
    pub number: String,
}

/// Open with everything.
#[command(part_of = Account)]
pub struct OpenSlowly {
    /// Number.
    pub number: String,
}

/// Deposit.
#[command(part_of = Account, version = 3)]
pub struct MakeDeposit {
    /// Where.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Money,
}

/// Close.
#[command(part_of = Account)]
pub struct CloseAccount {
    /// Where.
    #[identifier]
    pub account_id: Id<Account>,
}

/// Import.
#[command(part_of = Account)]
pub struct Import;

/// Handler.
#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn open(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
        Account::open(id, command.number)
    }

    #[handle(retry)]
    async fn open_slowly(&self, command: OpenSlowly, meta: &CommandMetadata, _: &Context) -> Result<Account, HandlerError> {
        let _ = meta;
        Ok(Account::open(Id::named(&command.number), command.number)?)
    }

    #[handle]
    fn deposit(&self, command: MakeDeposit, account: &mut Account, _: &CommandMetadata) -> Result<Money, Rejection> {
        account.raise(DepositMade { amount: command.amount, other: command.account_id })?;
        Ok(account.balance)
    }

    #[handle]
    async fn close(&self, _: CloseAccount, account: &mut Account, _: &Context) -> Result<(), HandlerError> {
        account.close()?;
        Ok(())
    }

    #[handle]
    async fn import(&self, _: Import, _: &Context) -> Result<u64, HandlerError> {
        Ok(5)
    }
}

/// Alerts; it has no default.
pub struct Alerts {
    /// Where.
    pub address: String,
}

#[event_handler(part_of = Account, categories = ["bank_account-fact"])]
impl Alerts {
    #[handle]
    async fn on_deposit_made(&self, _: &DepositMade, meta: &Metadata, _: &Context) -> Result<(), Error> {
        let _ = (meta, &self.address);
        Ok(())
    }

    #[handle]
    fn on_fact(&self, _: &AccountFactEvent) {}

    #[handle("Other.AccountClosed.v1")]
    async fn on_outside(&self, _: &Recorded) {}
}

/// Summary.
#[projection]
pub struct Summary {
    /// Who.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    #[index]
    pub balance: Money,
    /// Open?
    pub status: Status,
    /// When.
    pub at: Option<Timestamp>,
    /// A word of Rust.
    pub r#type: String,
}

/// By two.
#[projection(name = "pairs")]
pub struct Pair {
    /// Who.
    #[identifier]
    pub account_id: Id<Account>,
    /// To whom.
    #[identifier]
    pub other: Id<Account>,
    /// A name like ours.
    pub table: String,
}

/// Projector.
#[derive(Default)]
pub struct SummaryProjector;

#[projector(projector_for = Summary, aggregates = [Account])]
impl SummaryProjector {
    #[on]
    fn on_opened(&self, event: &AccountOpened, meta: &Metadata) -> Summary {
        Summary {
            account_id: Id::named(&event.number),
            balance: Money::default(),
            status: Status::Open,
            at: Some(meta.time),
            r#type: event.number.clone(),
        }
    }

    #[on(key = other)]
    fn on_deposit_made(&self, row: &mut Summary, event: &DepositMade) -> Result<(), Rejection> {
        row.balance = event.amount;
        Ok(())
    }

    #[on]
    fn on_closed(&self, row: &mut Option<Summary>, _: &AccountClosed, _: &Metadata) {
        *row = None;
    }
}

/// Projector.
#[derive(Default)]
pub struct PairProjector;

#[projector(projector_for = Pair, aggregates = [Account])]
impl PairProjector {
    #[on(key = (other, other))]
    fn on_deposit_made(&self, row: &mut Option<Pair>, event: &DepositMade) {
        *row = Some(Pair { account_id: event.other, other: event.other, table: String::new() });
    }

    #[on]
    fn on_opened(&self, event: &AccountOpened) -> Result<Pair, Rejection> {
        let id = Id::named(&event.number);
        Ok(Pair { account_id: id, other: id, table: String::new() })
    }
}

/// Closing an account.
#[process_manager(correlate = account_id, name = "closing")]
pub struct Closing {
    /// Which.
    pub account_id: Id<Account>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
}

#[process_manager(never_rejected = [Import])]
impl Closing {
    #[handle(start)]
    fn on_opened(&mut self, event: &AccountOpened, meta: &Metadata, then: &mut Effects<Self>) {
        let _ = (event, meta);
        then.issue(CloseAccount { account_id: self.account_id });
        then.start_timer(Self::OVERDUE, SignedDuration::from_hours(1));
    }

    #[fidelis::handle(correlate = other, waits = SignedDuration::from_mins(5))]
    fn on_deposit_made(&mut self, _: &DepositMade, then: &mut Effects<Closing>) -> Result<(), Rejection> {
        then.restart_timer(Self::OVERDUE, SignedDuration::from_hours(1));
        Ok(())
    }

    #[handle(issued)]
    fn on_deposit_issued(&mut self, _: &DepositMade) {}

    #[handle(issued, end)]
    fn on_closed(&mut self, _: &AccountClosed) {}

    #[handle]
    fn on_closed_by_somebody(&mut self, _: &AccountClosed, then: &mut Effects<Self>, _: &Metadata) {
        then.mark_as_complete();
    }

    #[on_rejected]
    fn on_close_rejected(&mut self, command: &CloseAccount, why: &Rejection, then: &mut Effects<Self>) {
        let _ = command;
        then.undo(why.to_string());
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &MakeDeposit) {}

    #[on_failed]
    fn on_close_failed(&mut self, _: &CloseAccount, then: &mut Effects<Self>, why: &str) {
        then.need_person(why);
    }

    #[on_failed]
    fn on_failed(&mut self, why: &str) {
        let _ = why;
    }

    #[on_timeout("overdue")]
    fn on_overdue(&mut self, then: &mut Effects<Self>) {
        self.attempts += 1;
        then.issue(Import);
    }

    #[undo]
    fn undo_close(&mut self, done: &CloseAccount) {
        let _ = done;
    }

    #[on_undone]
    fn on_undone(&mut self) {}

    fn helper(&self) -> u32 {
        self.attempts
    }
}

fn main() {
    assert_eq!(Closing::default().helper(), 0);
    assert_eq!(<Closing as ProcessManager>::STREAM, "closing");
    assert_eq!(Status::NotYet.into_value(), Value::Text("not_yet".into()));
    assert_eq!(Status::from_value(Value::Text("OPEN".into())), Ok(Status::Open));
    assert_eq!(Account::STREAM, "bank_account");
    assert_eq!(<Pair as Projection>::TABLE.name, "pairs");
    let _ = (Summary::TYPE.like("x"), Pair::TABLE.like("x"));
    let closed: AccountClosed = serde_json::from_str(&serde_json::to_string(&AccountClosed).unwrap()).unwrap();
    assert_eq!(closed, AccountClosed);
    let _ = serde_json::from_str::<Import>("null").unwrap();
}
