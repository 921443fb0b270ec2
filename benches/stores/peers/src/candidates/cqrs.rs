//! The account and its dashboard for `cqrs-es`, whatever the store.

use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent, EventEnvelope, EventStore, View, event_sink::EventSink};
use load::{
    Fault, Refused, Totals,
    bank::{Account, Dashboard, Event, MakeDeposit, Rule, account_id, opening},
};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// The aggregate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BankAccount(Account);

/// Everything that can be asked of it.
pub(crate) enum Command {
    Open(u64),
    Deposit(MakeDeposit),
}

/// What is stored: its shape is that of all candidates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored(pub(crate) Event);

impl DomainEvent for Stored {
    fn event_type(&self) -> String {
        match self.0 {
            Event::AccountOpened { .. } => "AccountOpened".to_owned(),
            Event::DepositMade { .. } => "DepositMade".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl Aggregate for BankAccount {
    const TYPE: &'static str = "account";
    type Command = Command;
    type Event = Stored;
    type Error = Rule;
    type Services = ();

    async fn handle(&mut self, command: Command, _: &(), sink: &EventSink<Self>) -> Result<(), Rule> {
        let event = match command {
            Command::Open(number) => opening(number),
            Command::Deposit(command) => self.0.deposit(command)?,
        };
        sink.write(Stored(event), self).await;
        Ok(())
    }

    fn apply(&mut self, event: Stored) {
        self.0.apply(&event.0);
    }
}

/// The read model: one row for each account, as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DashboardView(pub(crate) Dashboard);

/// Its events carry no time, so it reads the clock.
impl View<BankAccount> for DashboardView {
    fn update(&mut self, event: &EventEnvelope<BankAccount>) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
        self.0.apply(&event.payload.0, time);
    }
}

/// Opens an account.
pub(crate) async fn open<S: EventStore<BankAccount>>(cqrs: &CqrsFramework<BankAccount, S>, number: u64) -> Result<(), Fault>
where
    S::AC: Send,
{
    Ok(cqrs.execute(&account_id(number).to_string(), Command::Open(number)).await?)
}

/// Makes a deposit.
pub(crate) async fn deposit<S: EventStore<BankAccount>>(
    cqrs: &CqrsFramework<BankAccount, S>,
    command: MakeDeposit,
) -> Result<(), Refused>
where
    S::AC: Send,
{
    let id = command.account_id.to_string();
    cqrs.execute(&id, Command::Deposit(command)).await.map_err(|error| match error {
        AggregateError::AggregateConflict => Refused::Conflict,
        other => other.into(),
    })
}

/// What the rows say together.
pub(crate) fn totals(rows: impl IntoIterator<Item = DashboardView>) -> Totals {
    rows.into_iter().fold(Totals::default(), |totals, DashboardView(row)| Totals {
        accounts: totals.accounts + 1,
        balance: totals.balance + row.balance,
        transactions: totals.transactions + row.transaction_count,
    })
}
