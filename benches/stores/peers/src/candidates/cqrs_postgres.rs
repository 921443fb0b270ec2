//! `cqrs-es` on PostgreSQL: `postgres-es`, with its `GenericQuery` for the dashboard. Event and row are two transactions.

use cqrs_es::persist::GenericQuery;
use load::{Candidate, Fault, Refused, Totals, bank::MakeDeposit};
use postgres_es::{PostgresCqrs, PostgresViewRepository, postgres_cqrs};
use sqlx::{PgPool, postgres::PgPoolOptions, types::Json};
use std::sync::Arc;

use super::cqrs::{self, BankAccount, DashboardView};

pub(crate) struct Bank {
    pool: PgPool,
    cqrs: PostgresCqrs<BankAccount>,
}

/// The tables are those of its documentation.
pub(crate) async fn open(url: &str, connections: u32) -> Result<Bank, Fault> {
    let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections).connect(url).await?;
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint CHECK (sequence >= 0)
         NOT NULL, event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
         PRIMARY KEY (aggregate_type, aggregate_id, sequence));
         CREATE TABLE IF NOT EXISTS dashboard (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL,
         PRIMARY KEY (view_id));",
    )
    .execute(&pool)
    .await?;
    let views = Arc::new(PostgresViewRepository::<DashboardView, BankAccount>::new("dashboard", pool.clone()));
    let mut dashboard = GenericQuery::new(views);
    dashboard.use_error_handler(Box::new(|error| println!("the dashboard: {error}")));
    Ok(Bank { cqrs: postgres_cqrs(pool.clone(), vec![Box::new(dashboard)], ()), pool })
}

impl Candidate for Bank {
    async fn open(&self, number: u64) -> Result<(), Fault> {
        cqrs::open(&self.cqrs, number).await
    }

    async fn deposit(&self, command: MakeDeposit) -> Result<(), Refused> {
        cqrs::deposit(&self.cqrs, command).await
    }

    async fn totals(&self) -> Result<Totals, Fault> {
        let rows: Vec<(Json<DashboardView>,)> = sqlx::query_as("SELECT payload FROM dashboard").fetch_all(&self.pool).await?;
        Ok(cqrs::totals(rows.into_iter().map(|(row,)| row.0)))
    }
}
