//! The tables of read models, while others may be at work: made ready when an engine starts, made anew when a person asks for it.

use std::sync::Arc;

use fidelis_core::{Error, projection::Table};

use crate::{
    PostgresOptions,
    fault::Follows,
    names::Names,
    session::{Patience, Session},
    tables::{self, Unready},
};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Work {
    /// Make what is missing, let grow what can.
    MakeReady(Vec<&'static Table>),
    /// Make a table anew, without rows, and let its projector begin at the start of the log.
    MakeAnew { table: &'static Table, subscription: String },
}

/// Does it, for as long as patience lasts.
pub(crate) async fn run(options: &Arc<PostgresOptions>, names: &Names, work: &Work) -> Result<(), Error> {
    let mut patience = Patience::new(options);
    loop {
        let done = match work {
            Work::MakeReady(definitions) => make_ready(options, names, definitions).await,
            Work::MakeAnew { table, subscription } => make_anew(options, names, table, subscription).await,
        };
        let fault = match done {
            Ok(()) => return Ok(()),
            Err(Unready::Misfit(error)) => return Err(error),
            Err(Unready::Fault(fault)) => fault,
        };
        let again = matches!(fault.follows, Follows::Gone | Follows::Again);
        let Some(pause) = again.then(|| patience.pause()).flatten() else {
            return Err(fault.into_error(match work {
                Work::MakeReady(_) => "cannot make the tables of the read models ready",
                Work::MakeAnew { .. } => "cannot make the table of the read model anew",
            }));
        };
        tokio::time::sleep(pause).await;
    }
}

/// On a connection of its own: given up half way, nothing of it stays.
async fn make_ready(options: &PostgresOptions, names: &Names, definitions: &[&'static Table]) -> Result<(), Unready> {
    let session = Session::open(options, |_| ()).await?;
    if tables::plan(&session, names, definitions).await?.is_empty() {
        return Ok(());
    }
    begin(&session, names).await?;
    // Somebody else may have done it meanwhile.
    for statement in tables::plan(&session, names, definitions).await? {
        session.run(&statement).await?;
    }
    take_turn(&session, names).await?;
    write_empty_batch(&session, names).await?;
    Ok(session.run("COMMIT").await?)
}

/// On a connection of its own, too. Whoever writes is waited for first: he may be about to write to the table.
async fn make_anew(options: &PostgresOptions, names: &Names, table: &'static Table, subscription: &str) -> Result<(), Unready> {
    let session = Session::open(options, |_| ()).await?;
    begin(&session, names).await?;
    take_turn(&session, names).await?;
    for statement in tables::anew(names, table) {
        session.run(&statement).await?;
    }
    let again = names.sql("UPDATE {schema}.checkpoints SET position = 0 WHERE subscription = ANY($1::text[])");
    session.query(&again, &[&[subscription.to_owned(), format!("{subscription}/staged")].as_slice()]).await?;
    let parked = names.sql("DELETE FROM {schema}.parked WHERE subscription = $1::text");
    session.query(&parked, &[&subscription]).await?;
    write_empty_batch(&session, names).await?;
    Ok(session.run("COMMIT").await?)
}

/// One after the other, whoever does it.
async fn begin(session: &Session, names: &Names) -> Result<(), Unready> {
    let sql = format!("BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({})", names.migration);
    Ok(session.run(&sql).await?)
}

async fn take_turn(session: &Session, names: &Names) -> Result<(), Unready> {
    Ok(session.run(&format!("SELECT pg_advisory_xact_lock({})", names.turn)).await?)
}

/// What others know of rows is of another shape now: an empty batch makes them look again.
async fn write_empty_batch(session: &Session, names: &Names) -> Result<(), Unready> {
    let batch = names.sql(
        "INSERT INTO {schema}.batches (batch, token, head, time, nanoseconds) SELECT batch + 1, $1::uuid, head, time, nanoseconds \
         FROM {schema}.batches ORDER BY batch DESC LIMIT 1",
    );
    session.query(&batch, &[&uuid::Uuid::from_u128(rand::random())]).await?;
    Ok(())
}
