//! Connections for reading, made when they are needed and kept for the next.
//!
//! Half of them are for who finds one free: he asks by himself, at once, and nobody ever waits for him. All others ask in tasks of their own, which
//! go on whether somebody polls for the answer or not, and wait for the other half. So nobody waits for a connection whose owner
//! has been left alone. A task costs a wake of another thread where the runtime has several: that is why it is not for everybody.

use std::{sync::Arc, time::Instant};

use fidelis_core::Error;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio_postgres::Row;

use crate::{
    PostgresOptions,
    fault::{Fault, Follows},
    runtime::Runtime,
    session::{Parameters, Patience, Session},
};

/// Connections for reading.
#[derive(Debug)]
pub(crate) struct Pool {
    connections: Arc<Connections>,
    way: Way,
}

#[derive(Debug)]
struct Connections {
    options: Arc<PostgresOptions>,
    runtime: Runtime,
    at_once: Arc<Semaphore>,
    apart: Semaphore,
    idle: Mutex<Vec<(Session, Instant)>>,
}

/// How whoever asks comes by a connection.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// He has one of those that are free at once, and tries once.
    AtOnce,
    /// He waits for one, and tries again when it breaks.
    Apart,
}

/// Reads something that can be read again: a lost connection is replaced and the reading done again. Gives what the expression gives.
macro_rules! reading {
    ($pool:expr, $what:expr, |$session:ident| $read:expr) => {{
        let mut attempts = $pool.attempts($what);
        loop {
            let lease = attempts.lease().await?;
            let $session = lease.session();
            match $read {
                Ok(answer) => break Ok::<_, fidelis_core::Error>(answer),
                Err(fault) => {
                    drop(lease);
                    if let Err(error) = attempts.failed(fault).await {
                        break Err(error);
                    }
                }
            }
        }
    }};
}

pub(crate) use reading;

/// Reading something, again and again if need be.
pub(crate) struct Attempts<'a> {
    pool: &'a Pool,
    what: &'a str,
    patience: Patience,
}

impl<'a> Attempts<'a> {
    pub(crate) async fn lease(&mut self) -> Result<Lease<'a>, Error> {
        loop {
            match self.pool.lease().await {
                Ok(lease) => return Ok(lease),
                Err(fault) => self.failed(fault).await?,
            }
        }
    }

    /// Waits a little when trying again makes sense.
    pub(crate) async fn failed(&mut self, fault: Fault) -> Result<(), Error> {
        let again = matches!((self.pool.way, fault.follows), (Way::Apart, Follows::Gone | Follows::Again));
        let Some(pause) = again.then(|| self.patience.pause()).flatten() else { return Err(fault.into_error(self.what)) };
        tracing::info!(%fault, ?pause, "reading from the database again");
        self.pool.connections.runtime.sleep(pause).await;
        Ok(())
    }
}

/// A connection for as long as somebody needs it.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    session: Option<Session>,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Pool {
    /// For those who wait for a connection, in tasks of their own.
    pub(crate) fn new(options: Arc<PostgresOptions>, runtime: Runtime) -> Self {
        let at_once = options.readers / 2;
        let (at_once, apart) = (Arc::new(Semaphore::new(at_once)), Semaphore::new(options.readers - at_once));
        Pool { connections: Arc::new(Connections { options, runtime, at_once, apart, idle: Mutex::default() }), way: Way::Apart }
    }

    /// The same connections, for those who have [a free one](Pool::free).
    pub(crate) fn at_once(&self) -> Self {
        Pool { connections: Arc::clone(&self.connections), way: Way::AtOnce }
    }

    /// The right to a connection, if one is free.
    pub(crate) fn free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connections.at_once).try_acquire_owned().ok()
    }

    /// A connection: the one that was used last, else a new one. Waits while all are in use.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, Fault> {
        let permit = match self.way {
            Way::AtOnce => None,
            Way::Apart => Some(self.connections.apart.acquire().await.expect("the semaphore is never closed")),
        };
        let session = {
            let mut idle = self.connections.idle.lock();
            // The oldest are at the front.
            let stale = idle.iter().take_while(|(_, since)| since.elapsed() > self.connections.options.idle_timeout).count();
            idle.drain(..stale);
            std::iter::from_fn(|| idle.pop()).map(|(session, _)| session).find(|session| !session.is_closed())
        };
        let session = match session {
            Some(session) => session,
            None => self.connect().await?,
        };
        Ok(Lease { pool: self, session: Some(session), _permit: permit })
    }

    /// A connection of one's own.
    pub(crate) async fn connect(&self) -> Result<Session, Fault> {
        let options = Arc::clone(&self.connections.options);
        let connected = self.connections.runtime.run(async move { Ok(Session::open(&options, |_| ()).await) }).await;
        connected.unwrap_or_else(|error| Err(Fault::new(Follows::NotNow, error.to_string())))
    }

    /// Begins to read something, named for people; see [`reading!`].
    pub(crate) fn attempts<'a>(&'a self, what: &'a str) -> Attempts<'a> {
        Attempts { pool: self, what, patience: Patience::new(&self.connections.options) }
    }

    /// The rows that a statement gives.
    pub(crate) async fn query(&self, what: &str, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, Error> {
        reading!(self, what, |session| session.query(sql, parameters).await)
    }
}

impl Lease<'_> {
    pub(crate) fn session(&self) -> &Session {
        self.session.as_ref().expect("it is only taken when the lease ends")
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take()
            && !session.is_closed()
        {
            self.pool.connections.idle.lock().push((session, Instant::now()));
        }
    }
}
