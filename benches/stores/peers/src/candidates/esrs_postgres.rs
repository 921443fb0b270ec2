//! `esrs` on PostgreSQL, with a transactional event handler for the dashboard: event and row are one transaction.

use async_trait::async_trait;
use esrs::{
    Aggregate, AggregateState,
    handler::TransactionalEventHandler,
    manager::AggregateManager,
    store::{
        StoreEvent,
        postgres::{PgStore, PgStoreBuilder, PgStoreError},
    },
};
use load::{
    Candidate, Fault, Refused, Totals,
    bank::{Account, Event, MakeDeposit, Rule, account_id, opening},
};
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

pub(crate) struct Bank {
    pool: PgPool,
    manager: AggregateManager<PgStore<BankAccount>>,
}

/// Optimistic: without its advisory locks, which hold a second connection each.
pub(crate) async fn open(url: &str, connections: u32) -> Result<Bank, Fault> {
    let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections).connect(url).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS dashboard (account_id uuid PRIMARY KEY, account_number text NOT NULL, holder_name text NOT NULL,
         balance bigint NOT NULL, transaction_count bigint NOT NULL, last_transaction_at timestamptz NOT NULL)",
    )
    .execute(&pool)
    .await?;
    let store = PgStoreBuilder::new(pool.clone()).add_transactional_event_handler(DashboardHandler).try_build().await?;
    Ok(Bank { pool, manager: AggregateManager::new(store) })
}

impl Candidate for Bank {
    async fn open(&self, number: u64) -> Result<(), Fault> {
        let state = AggregateState::with_id(account_id(number));
        self.manager.handle_command(state, Command::Open(number)).await??;
        Ok(())
    }

    async fn deposit(&self, command: MakeDeposit) -> Result<(), Refused> {
        let state = self.manager.load(command.account_id).await?;
        let state = state.ok_or_else(|| Refused::Fault(Fault("there is no such account".to_owned())))?;
        match self.manager.handle_command(state, Command::Deposit(command)).await {
            Ok(decided) => decided.map(drop).map_err(Into::into),
            Err(PgStoreError::Sqlx(sqlx::Error::Database(error))) if error.is_unique_violation() => Err(Refused::Conflict),
            Err(error) => Err(error.into()),
        }
    }

    async fn totals(&self) -> Result<Totals, Fault> {
        let row: (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(balance), 0)::bigint, coalesce(sum(transaction_count), 0)::bigint FROM dashboard",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Totals { accounts: row.0.try_into()?, balance: Decimal::new(row.1, 2), transactions: row.2 })
    }
}

/// The aggregate.
struct BankAccount;

/// Everything that can be asked of it.
enum Command {
    Open(u64),
    Deposit(MakeDeposit),
}

impl Aggregate for BankAccount {
    const NAME: &'static str = "account";
    type State = Account;
    type Command = Command;
    type Event = Event;
    type Error = Rule;

    fn handle_command(state: &Account, command: Command) -> Result<Vec<Event>, Rule> {
        match command {
            Command::Open(number) => Ok(vec![opening(number)]),
            Command::Deposit(command) => Ok(vec![state.deposit(command)?]),
        }
    }

    fn apply_event(mut state: Account, event: Event) -> Account {
        state.apply(&event);
        state
    }
}

/// Keeps the dashboard. Amounts are cents there: `sqlx` binds no `rust_decimal` without a feature that the others do not have.
struct DashboardHandler;

#[async_trait]
impl TransactionalEventHandler<BankAccount, PgStoreError, PgConnection> for DashboardHandler {
    async fn handle(&self, event: &StoreEvent<Event>, connection: &mut PgConnection) -> Result<(), PgStoreError> {
        let query = match &event.payload {
            Event::AccountOpened { account_id, account_number, holder_name, opening_deposit } => {
                sqlx::query("INSERT INTO dashboard VALUES ($1, $2, $3, $4, 1, $5)")
                    .bind(account_id)
                    .bind(account_number)
                    .bind(holder_name)
                    .bind(cents(*opening_deposit))
                    .bind(event.occurred_on)
            }
            Event::DepositMade { account_id, amount, .. } => sqlx::query(
                "UPDATE dashboard SET balance = balance + $2, transaction_count = transaction_count + 1, last_transaction_at = $3
                 WHERE account_id = $1",
            )
            .bind::<Uuid>(*account_id)
            .bind(cents(*amount))
            .bind(event.occurred_on),
        };
        query.execute(connection).await?;
        Ok(())
    }
}

fn cents(mut amount: Decimal) -> i64 {
    amount.rescale(2);
    i64::try_from(amount.mantissa()).unwrap_or(i64::MAX)
}
