//! One connection: made, looked at, set up.

use std::{future::poll_fn, sync::Arc, time::Duration};

use futures_util::future::{join_all, join3};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{
    AsyncMessage, Client, Connection, NoTls, Row, Socket, Statement,
    types::{ToSql, Type},
};

use crate::{
    Durability, PostgresOptions,
    fault::{Fault, Follows},
    tls,
};

/// The oldest server that knows all we say.
const OLDEST: i32 = 13;

/// How many statements a connection keeps prepared.
const PREPARED: usize = 256;

/// A connection to the primary, set up.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    statements: Mutex<FxHashMap<Box<str>, Statement>>,
}

/// Parameters of a statement.
pub(crate) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

impl Session {
    /// Connects, and makes sure that this is a server we can work with. To be called on the runtime; `notified` is told the
    /// payload of each notification.
    pub(crate) async fn open(options: &PostgresOptions, notified: impl FnMut(&str) + Send + 'static) -> Result<Self, Fault> {
        match tokio::time::timeout(options.connect_timeout, open(options, notified)).await {
            Ok(opened) => opened,
            Err(_) => Err(Fault::new(
                Follows::Gone,
                format!("no answer within {:?}; check host and port, and what stands between", options.connect_timeout),
            )),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// A statement, prepared at its first use.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.lock().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements.lock();
        if statements.len() >= PREPARED {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    /// The rows a statement gives.
    pub(crate) async fn query(&self, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, Fault> {
        let statement = self.prepare(sql).await?;
        Ok(self.client.query(&statement, parameters).await?)
    }

    /// Several statements in one round trip, once they are prepared. Gives the rows of each.
    pub(crate) async fn query_all(&self, queries: &[(&str, &Parameters<'_>)]) -> Result<Vec<Vec<Row>>, Fault> {
        let rows = join_all(queries.iter().map(|(sql, parameters)| self.query(sql, parameters))).await;
        rows.into_iter().collect()
    }

    /// As [`query_all`](Session::query_all), and all of them see the same.
    pub(crate) async fn query_consistently(&self, queries: &[(&str, &Parameters<'_>)]) -> Result<Vec<Vec<Row>>, Fault> {
        if queries.len() < 2 {
            return self.query_all(queries).await;
        }
        for (sql, _) in queries {
            self.prepare(sql).await?;
        }
        let begin = self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let (begun, rows, ended) = join3(begin, self.query_all(queries), self.run("COMMIT")).await;
        begun.and(rows).and_then(|rows| ended.map(|()| rows))
    }

    /// Statements without parameters, one after the other, in one round trip.
    pub(crate) async fn run(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }
}

async fn open(options: &PostgresOptions, notified: impl FnMut(&str) + Send + 'static) -> Result<Session, Fault> {
    let client = if options.encrypted {
        let (client, connection) = options.config.connect(tls::connector(options)?).await?;
        drive(connection, notified);
        client
    } else {
        let (client, connection) = options.config.connect(NoTls).await?;
        drive(connection, notified);
        client
    };
    check_server(&client).await?;
    set_up(&client, options).await?;
    Ok(Session { client, statements: Mutex::default() })
}

/// Lets the connection do its work until one of its ends is gone.
fn drive<S>(mut connection: Connection<Socket, S>, mut notified: impl FnMut(&str) + Send + 'static)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                None => return,
                Some(Ok(AsyncMessage::Notification(notification))) => notified(notification.payload()),
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    tracing::debug!(code = notice.code().code(), notice = notice.message(), "the database says");
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::debug!(error = %Fault::from(error), "a connection to the database has ended");
                    return;
                }
            }
        }
    });
}

async fn check_server(client: &Client) -> Result<(), Fault> {
    let facts = "SELECT current_setting('server_version_num')::int4, pg_is_in_recovery(), current_setting('server_encoding'), \
                 current_setting('fsync')";
    let no_parameters: [(&(dyn ToSql + Sync), Type); 0] = [];
    let rows = client.query_typed(facts, &no_parameters).await?;
    let row = rows.first().ok_or_else(|| Fault::new(Follows::Gone, "the server tells nothing about itself"))?;
    let version: i32 = row.try_get(0)?;
    if version / 10_000 < OLDEST {
        let message = format!("the server is PostgreSQL {}: version {OLDEST} or newer is needed", version / 10_000);
        return Err(Fault::new(Follows::Configuration, message));
    }
    if row.try_get(1)? {
        return Err(Fault::new(
            Follows::Configuration,
            "the server is a standby, which can only be read, and later than the primary: connect to the primary, or name all \
             servers and say `target_session_attrs=read-write`",
        ));
    }
    let encoding: &str = row.try_get(2)?;
    if encoding != "UTF8" {
        let message = format!("the database's encoding is {encoding}: create one with `ENCODING 'UTF8'`");
        return Err(Fault::new(Follows::Configuration, message));
    }
    if row.try_get::<_, &str>(3)? != "on" {
        tracing::warn!("the server runs with `fsync` off: a power cut can destroy the log");
    }
    Ok(())
}

async fn set_up(client: &Client, options: &PostgresOptions) -> Result<(), Fault> {
    let milliseconds = |time: Duration| time.as_millis().clamp(1, i32::MAX as u128);
    let statement = milliseconds(options.statement_timeout);
    // Whoever takes the turn to write and then hangs holds everybody up for no longer than this.
    let idle = milliseconds(options.statement_timeout.min(Duration::from_secs(10)));
    let durability = match options.durability {
        // What is set to more, such as `remote_apply`, stays.
        Durability::Full => {
            "SELECT pg_catalog.set_config('synchronous_commit', 'on', false) \
             WHERE pg_catalog.current_setting('synchronous_commit') IN ('off', 'local')"
        }
        Durability::SurvivesCrashOfTheProcess => "SET synchronous_commit = off",
    };
    // Plans depend on nothing that parameters hold, and each statement sees what was committed before it began.
    let sql = format!(
        "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET default_transaction_isolation = 'read committed'; \
         SET statement_timeout = {statement}; SET idle_in_transaction_session_timeout = {idle}; SET lock_timeout = 0; \
         SET jit = off; SET plan_cache_mode = force_generic_plan; SET standard_conforming_strings = on; {durability}"
    );
    Ok(client.batch_execute(&sql).await?)
}

/// Keeps trying, with growing pauses of random length, for as long as the options allow.
pub(crate) struct Patience {
    until: std::time::Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(options: &Arc<PostgresOptions>) -> Self {
        Patience { until: std::time::Instant::now() + options.retry_for, pause: Duration::from_millis(5) }
    }

    /// How long to wait before the next try; `None` when it is enough.
    pub(crate) fn pause(&mut self) -> Option<Duration> {
        if std::time::Instant::now() >= self.until {
            return None;
        }
        let pause = self.pause.mul_f64(rand::random_range(0.5..1.5));
        self.pause = (self.pause * 2).min(Duration::from_secs(1));
        Some(pause)
    }
}
