//! `eventastic` with its in-memory repository; it has no projections, so the dashboard is written beside it, after the save.
//!
//! Its repository keeps typed events and a copy of the aggregate with every save, and loads from that copy. An event
//! carries an id of its own, which it uses to recognise a repeated save.

use super::identity::time_ordered;
use crate::{
    bank::{Account, AccountOpened, Dashboard, DepositMade, MakeDeposit, OpenAccount, Refused},
    candidate::{Candidate, Row},
    ready::ready,
};
use eventastic::{
    aggregate::{Aggregate, Context, Root, SideEffect},
    event::DomainEvent,
    memory::{InMemoryError, InMemoryRepository, InMemoryTransaction},
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use std::time::SystemTime;
use uuid::Uuid;

/// A bank on `eventastic`.
pub struct Eventastic {
    repository: InMemoryRepository<BankAccount>,
    dashboards: FxHashMap<Uuid, Dashboard>,
}

impl Default for Eventastic {
    fn default() -> Self {
        Eventastic { repository: InMemoryRepository::new(), dashboards: FxHashMap::default() }
    }
}

impl Eventastic {
    /// Loads an account, records what `deposits` ask for, saves it with one transaction and brings its row up to date.
    fn deposit_all(&mut self, account_id: Uuid, deposits: impl IntoIterator<Item = MakeDeposit>) -> Result<(), Refused> {
        let time = SystemTime::now();
        let mut transaction = ready(self.repository.begin_transaction()).map_err(refused)?;
        let mut context = ready(transaction.get(&account_id)).map_err(refused)?;
        let mut made = 0;
        for command in deposits {
            command.validate()?;
            let body = Body::DepositMade(context.state().0.deposit(command)?);
            context.record_that(Event { id: time_ordered(time), body })?;
            made += 1;
        }
        save(transaction, &mut context)?;
        let row = self.dashboards.get_mut(&account_id).ok_or(Refused::NoSuchAccount)?;
        row.balance = context.state().0.balance;
        row.transaction_count += made;
        row.last_transaction_at = time;
        Ok(())
    }
}

impl Candidate for Eventastic {
    fn open(&mut self, command: OpenAccount) -> Result<Uuid, Refused> {
        let time = SystemTime::now();
        let account_id = time_ordered(time);
        let OpenAccount { account_number, holder_name, opening_deposit } = command;
        let opened = AccountOpened { account_id, account_number, holder_name, opening_deposit };
        let row = Dashboard::opened(&opened, time);
        let mut context = BankAccount::record_new(Event { id: time_ordered(time), body: Body::AccountOpened(opened) })?;
        let transaction = ready(self.repository.begin_transaction()).map_err(refused)?;
        save(transaction, &mut context)?;
        self.dashboards.insert(account_id, row);
        Ok(account_id)
    }

    fn deposit(&mut self, command: MakeDeposit) -> Result<(), Refused> {
        self.deposit_all(command.account_id, [command])
    }

    /// One save with many events: its repository looks through the whole history with every load.
    fn lengthen(&mut self, deposits: Vec<MakeDeposit>) -> Result<(), Refused> {
        let Some(account_id) = deposits.first().map(|deposit| deposit.account_id) else { return Ok(()) };
        self.deposit_all(account_id, deposits)
    }

    fn dashboard(&self, account_id: Uuid) -> Option<Row> {
        let row = self.dashboards.get(&account_id)?;
        Some(Row { balance: row.balance, transaction_count: row.transaction_count })
    }

    /// It cannot: it loads from the copy kept with the last save.
    fn replay(&self, _: Uuid) -> Option<Decimal> {
        None
    }
}

fn save(mut transaction: InMemoryTransaction<BankAccount>, context: &mut Context<BankAccount>) -> Result<(), Refused> {
    ready(transaction.store(context)).map_err(refused)?;
    transaction.commit().map_err(refused)
}

fn refused(error: InMemoryError) -> Refused {
    match error {
        InMemoryError::AggregateNotFound => Refused::NoSuchAccount,
        InMemoryError::VersionConflict { .. } => Refused::Conflict,
        other => Refused::Fault(other.to_string()),
    }
}

/// The aggregate.
#[derive(Clone, Debug)]
struct BankAccount(Account);

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    id: Uuid,
    body: Body,
}

/// Everything that can happen to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    AccountOpened(AccountOpened),
    DepositMade(DepositMade),
}

impl DomainEvent for Event {
    type EventId = Uuid;

    fn id(&self) -> &Uuid {
        &self.id
    }
}

/// No effects outside.
#[derive(Clone, Debug)]
enum NoEffect {}

impl SideEffect for NoEffect {
    type SideEffectId = NoEffect;

    fn id(&self) -> &NoEffect {
        self
    }
}

impl Aggregate for BankAccount {
    const SNAPSHOT_VERSION: u64 = 1;
    type AggregateId = Uuid;
    type DomainEvent = Event;
    type ApplyError = Refused;
    type SideEffect = NoEffect;

    fn aggregate_id(&self) -> &Uuid {
        &self.0.account_id
    }

    fn apply_new(event: &Event) -> Result<Self, Refused> {
        match &event.body {
            Body::AccountOpened(event) => Ok(BankAccount(Account::opened(event))),
            Body::DepositMade(_) => Err(Refused::NoSuchAccount),
        }
    }

    fn apply(&mut self, event: &Event) -> Result<(), Refused> {
        match &event.body {
            Body::AccountOpened(_) => Err(Refused::Conflict),
            Body::DepositMade(event) => {
                self.0.on_deposit_made(event);
                Ok(())
            }
        }
    }

    fn side_effects(&self, _: &Event) -> Option<Vec<NoEffect>> {
        None
    }
}
