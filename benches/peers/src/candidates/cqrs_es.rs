//! `cqrs-es` with its `MemStore`: an aggregate, and the dashboard as a `Query`.
//!
//! As its documentation has it, with what is to its advantage: no metadata, no ids, typed events in the store, futures
//! polled directly. The store prints two lines per command; the driver sends them nowhere and says what that costs.

use super::identity::time_ordered;
use crate::{
    bank::{Account, AccountOpened, Dashboard, DepositMade, MakeDeposit, OpenAccount, Refused},
    candidate::{Candidate, Row},
    ready::ready,
};
use async_trait::async_trait;
use cqrs_es::{
    Aggregate, AggregateContext, AggregateError, CqrsFramework, DomainEvent, EventEnvelope, EventStore, Query,
    event_sink::EventSink, mem_store::MemStore,
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use uuid::Uuid;

/// A bank on `cqrs-es`.
pub struct CqrsEs {
    framework: CqrsFramework<BankAccount, MemStore<BankAccount>>,
    store: MemStore<BankAccount>,
    dashboards: Arc<Dashboards>,
}

impl Default for CqrsEs {
    fn default() -> Self {
        let store = MemStore::default();
        let dashboards = Arc::new(Dashboards::default());
        let queries: Vec<Box<dyn Query<BankAccount>>> = vec![Box::new(DashboardQuery(Arc::clone(&dashboards)))];
        CqrsEs { framework: CqrsFramework::new(store.clone(), queries, ()), store, dashboards }
    }
}

impl CqrsEs {
    fn execute(&self, account_id: Uuid, command: Command) -> Result<(), Refused> {
        let mut text = Uuid::encode_buffer();
        let aggregate_id = account_id.hyphenated().encode_lower(&mut text);
        ready(self.framework.execute(aggregate_id, command)).map_err(|error| match error {
            AggregateError::UserError(refused) => refused,
            other => Refused::Fault(other.to_string()),
        })
    }
}

impl Candidate for CqrsEs {
    fn open(&mut self, command: OpenAccount) -> Result<Uuid, Refused> {
        let account_id = time_ordered(SystemTime::now());
        self.execute(account_id, Command::Open(account_id, command))?;
        Ok(account_id)
    }

    fn deposit(&mut self, command: MakeDeposit) -> Result<(), Refused> {
        self.execute(command.account_id, Command::Deposit(command))
    }

    /// One command with many events: its store copies the whole history with every command.
    fn lengthen(&mut self, deposits: Vec<MakeDeposit>) -> Result<(), Refused> {
        let Some(account_id) = deposits.first().map(|deposit| deposit.account_id) else { return Ok(()) };
        self.execute(account_id, Command::DepositAll(deposits))
    }

    fn dashboard(&self, account_id: Uuid) -> Option<Row> {
        let rows = self.dashboards.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.get(&account_id)?;
        Some(Row { balance: row.balance, transaction_count: row.transaction_count })
    }

    fn replay(&self, account_id: Uuid) -> Option<Decimal> {
        let mut text = Uuid::encode_buffer();
        let mut context = ready(self.store.load_aggregate(account_id.hyphenated().encode_lower(&mut text))).ok()?;
        context.aggregate().0.as_ref().map(|account| account.balance)
    }
}

/// The aggregate: an account, once it is opened.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct BankAccount(Option<Account>);

/// Everything that can be asked of an account.
enum Command {
    Open(Uuid, OpenAccount),
    Deposit(MakeDeposit),
    DepositAll(Vec<MakeDeposit>),
}

/// Everything that can happen to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    AccountOpened(AccountOpened),
    DepositMade(DepositMade),
}

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        match self {
            Event::AccountOpened(_) => "AccountOpened".to_owned(),
            Event::DepositMade(_) => "DepositMade".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl BankAccount {
    async fn deposit(&mut self, command: MakeDeposit, sink: &EventSink<Self>) -> Result<(), Refused> {
        command.validate()?;
        let account = self.0.as_ref().ok_or(Refused::NoSuchAccount)?;
        let event = account.deposit(command)?;
        sink.write(Event::DepositMade(event), self).await;
        Ok(())
    }
}

impl Aggregate for BankAccount {
    const TYPE: &'static str = "account";
    type Command = Command;
    type Event = Event;
    type Error = Refused;
    type Services = ();

    async fn handle(&mut self, command: Command, _: &(), sink: &EventSink<Self>) -> Result<(), Refused> {
        match command {
            Command::Open(..) if self.0.is_some() => return Err(Refused::Conflict),
            Command::Open(account_id, OpenAccount { account_number, holder_name, opening_deposit }) => {
                let event = AccountOpened { account_id, account_number, holder_name, opening_deposit };
                sink.write(Event::AccountOpened(event), self).await;
            }
            Command::Deposit(command) => self.deposit(command, sink).await?,
            Command::DepositAll(commands) => {
                for command in commands {
                    self.deposit(command, sink).await?;
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        match (event, &mut self.0) {
            (Event::AccountOpened(event), account) => *account = Some(Account::opened(&event)),
            (Event::DepositMade(event), Some(account)) => account.on_deposit_made(&event),
            (Event::DepositMade(_), None) => {}
        }
    }
}

/// The read model.
#[derive(Debug, Default)]
struct Dashboards {
    rows: Mutex<FxHashMap<Uuid, Dashboard>>,
}

/// Keeps the read model up to date. Its events carry no time, so it reads the clock: once per command, as everybody.
struct DashboardQuery(Arc<Dashboards>);

#[async_trait]
impl Query<BankAccount> for DashboardQuery {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<BankAccount>]) {
        let time = SystemTime::now();
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        for envelope in events {
            match &envelope.payload {
                Event::AccountOpened(event) => {
                    rows.insert(event.account_id, Dashboard::opened(event, time));
                }
                Event::DepositMade(event) => {
                    if let Some(row) = rows.get_mut(&event.account_id) {
                        row.on_deposit_made(event, time);
                    }
                }
            }
        }
    }
}
