//! Reading a PostgreSQL database.

use tokio_postgres::{Error, NoTls};

use super::{CHECKS, Finding, LOG_CHECKS, Relations, Verdict, checks};
use crate::{Answer, History, Key};

const RELATIONS: Relations = Relations {
    log: "select position, stream, stream_position, time, id, payload from fidelis.events",
    settled: "select command::text, position from fidelis.settlements",
    checkpoints: "select subscription as name, position from fidelis.checkpoints",
    parked: "select subscription as name, position from fidelis.parked",
    read_models: "fidelis.",
};

/// Judges a database by what callers were told.
///
/// # Errors
/// When it cannot be read as a database of the store.
pub fn judge(url: &str, history: &History) -> Result<Verdict, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(judge_on(url, history))
}

async fn judge_on(url: &str, history: &History) -> Result<Verdict, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    // One moment for all of it, whatever is written meanwhile.
    client.batch_execute("begin isolation level repeatable read").await?;
    for statement in RELATIONS.statements() {
        client.batch_execute(&statement).await?;
    }
    let (mut keys, mut commands, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for (key, answer) in history.calls() {
        keys.push(key.to_string());
        commands.push(key.command().to_string());
        answers.push(answer.map(Answer::as_str));
    }
    let insert = "insert into calls (key, command, answer) select * from unnest($1::text[], $2::text[], $3::text[])";
    client.execute(insert, &[&keys, &commands, &answers]).await?;
    client.batch_execute("analyze log; analyze settled; analyze calls; analyze commits").await?;
    let mut verdict = Verdict::default();
    for check in CHECKS.iter().chain(LOG_CHECKS) {
        for row in client.query(&format!("select * from ({}) as places limit 3", check.sql), &[]).await? {
            let at = row.get::<_, Option<String>>(0).unwrap_or_default();
            verdict.findings.push(Finding { check: check.name, at });
        }
    }
    verdict.records = client.query_one("select count(*) from log", &[]).await?.get::<_, i64>(0) as u64;
    for row in client.query(checks::HAPPENED, &[]).await? {
        verdict.happened.extend(row.get::<_, String>(0).parse::<Key>().ok());
    }
    drop(client);
    // It ends with its client.
    let _ = connection.await;
    Ok(verdict)
}
