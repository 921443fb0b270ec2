//! The tables of the store itself: made and brought up to date in steps, once, whoever starts first.
//!
//! Each step is a file; which of them were taken stands in the table `migrations`. Starters that come together take a lock in
//! turn, and all but the first find that nothing is left to do. What is there afterwards is compared with what this version works
//! with: a table that somebody altered is refused at the start and not in the middle of a commit.

mod layout;

use std::sync::Arc;

use crate::{
    PostgresOptions,
    fault::{Fault, Follows},
    names::Names,
    session::{Patience, Session},
};

/// The steps, in order; the first is number 1.
const STEPS: [&str; 1] = [include_str!("../migrations/1.sql")];

const CREATE: &str = "CREATE TABLE {schema}.migrations (version bigint NOT NULL PRIMARY KEY, \
                      applied timestamptz NOT NULL DEFAULT now(), account text NOT NULL DEFAULT current_user)";

/// Makes the tables ready, or says why they are not.
pub(crate) async fn migrate(session: &Session, names: &Names, options: &Arc<PostgresOptions>) -> Result<(), Fault> {
    let mut patience = Patience::new(options);
    // Whoever only works with the tables need not be allowed to make them.
    while version(session, names).await? < STEPS.len() as i64 {
        match take_steps(session, names).await {
            Ok(()) => break,
            Err(fault) if fault.follows == Follows::Again => {
                let Some(pause) = patience.pause() else { return Err(fault) };
                tokio::time::sleep(pause).await;
            }
            Err(fault) => return Err(fault),
        }
    }
    layout::check(session, names).await
}

/// The last step that was taken; 0 when there is nothing yet.
async fn version(session: &Session, names: &Names) -> Result<i64, Fault> {
    // Looked up in the tables of the catalog: `to_regclass` may answer from what the connection knew before it waited.
    let tables = "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                  WHERE n.nspname = $1 AND c.relname = 'migrations')";
    let there = session.query(tables, &[&names.plain]).await?;
    let there: bool = there.first().map_or(Ok(false), |row| row.try_get(0))?;
    if !there {
        return Ok(0);
    }
    let rows = session.query(&names.sql("SELECT coalesce(max(version), 0) FROM {schema}.migrations"), &[]).await?;
    let version: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    let known = STEPS.len();
    if version > known as i64 {
        return Err(Fault::new(
            Follows::Configuration,
            format!(
                "schema `{}` has version {version}, and this program knows {known}: run the newer program, or name another schema",
                names.plain
            ),
        ));
    }
    Ok(version)
}

async fn take_steps(session: &Session, names: &Names) -> Result<(), Fault> {
    // Cancelled half way, the connection is closed by its server's patience, and nothing of it stays.
    session.run(&format!("BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({})", names.migration)).await?;
    let taken = steps(session, names).await;
    session.run(if taken.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    taken
}

async fn steps(session: &Session, names: &Names) -> Result<(), Fault> {
    let version = version(session, names).await?;
    if version == 0 {
        let schemas = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
        let there = session.query(schemas, &[&names.plain]).await?;
        if !there.first().map_or(Ok(false), |row| row.try_get(0))? {
            session.run(&names.sql("CREATE SCHEMA {schema}")).await?;
        }
        session.run(&names.sql(CREATE)).await?;
    }
    for (step, number) in STEPS.iter().zip(1_i64..).skip(version.max(0) as usize) {
        session.run(&names.sql(step)).await?;
        let insert = names.sql("INSERT INTO {schema}.migrations (version) VALUES ($1)");
        session.query(&insert, &[&number]).await?;
        tracing::info!(schema = names.plain, step = number, "tables of the store brought up to date");
    }
    Ok(())
}
