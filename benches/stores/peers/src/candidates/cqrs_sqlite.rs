//! `cqrs-es` on SQLite: `sqlite-es`, with its `GenericQuery` for the dashboard. Event and row are two transactions.

use cqrs_es::persist::GenericQuery;
use load::{Candidate, Fault, Refused, Totals, bank::MakeDeposit};
use sqlite_es::{SqliteCqrs, SqliteViewRepository, sqlite_cqrs};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{sync::Arc, time::Duration};

use super::cqrs::{self, BankAccount, DashboardView};

pub(crate) struct Bank {
    pool: SqlitePool,
    cqrs: SqliteCqrs<BankAccount>,
}

/// The tables are those of its documentation. Durability is that of the others (`synchronous = FULL`), not its own default
/// (`NORMAL`), which forgets commits when the power fails.
pub(crate) async fn open(url: &str) -> Result<Bank, Fault> {
    let options: SqliteConnectOptions = url.parse()?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60));
    // One connection: with more, they wait for each other in SQLite, which is slower.
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(60)).connect_with(options).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence integer
         CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, payload text NOT NULL, metadata text NOT NULL,
         PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT;
         CREATE TABLE IF NOT EXISTS dashboard (view_id text NOT NULL, version integer CHECK (version >= 0) NOT NULL, payload text NOT NULL,
         PRIMARY KEY (view_id)) STRICT;",
    )
    .execute(&pool)
    .await?;
    let views = Arc::new(SqliteViewRepository::<DashboardView, BankAccount>::new("dashboard", pool.clone()));
    let mut dashboard = GenericQuery::new(views);
    dashboard.use_error_handler(Box::new(|error| println!("the dashboard: {error}")));
    Ok(Bank { cqrs: sqlite_cqrs(pool.clone(), vec![Box::new(dashboard)], ()), pool })
}

impl Candidate for Bank {
    async fn open(&self, number: u64) -> Result<(), Fault> {
        cqrs::open(&self.cqrs, number).await
    }

    async fn deposit(&self, command: MakeDeposit) -> Result<(), Refused> {
        cqrs::deposit(&self.cqrs, command).await
    }

    async fn totals(&self) -> Result<Totals, Fault> {
        let rows: Vec<(String,)> = sqlx::query_as("SELECT payload FROM dashboard").fetch_all(&self.pool).await?;
        let rows: Result<Vec<DashboardView>, _> = rows.iter().map(|(row,)| serde_json::from_str(row)).collect();
        Ok(cqrs::totals(rows?))
    }
}
