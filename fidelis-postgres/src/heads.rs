//! Waiting for records: the head of the log, as far as anybody has told.
//!
//! A batch announces its head with `NOTIFY`, once, when it is committed; one connection listens. What this process writes itself it knows
//! anyway. A notification can be lost with a connection, so behind it stands a slow look at the log.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use fidelis_core::Error;
use futures_util::future::{Either, select};
use tokio::sync::watch;

use crate::{PostgresOptions, fault::Fault, names::Names, records::unsigned, session::Session};

/// The head of the log, as far as anybody has told.
#[derive(Debug)]
pub(crate) struct Heads {
    head: watch::Sender<u64>,
    /// Whether somebody listens at all.
    started: AtomicBool,
    /// Whether everything that is committed from now on will be told.
    listening: AtomicBool,
}

impl Heads {
    pub(crate) fn new(head: watch::Sender<u64>) -> Self {
        Heads { head, started: AtomicBool::new(false), listening: AtomicBool::new(false) }
    }

    /// Whether this is the first time somebody waits: then somebody has to [`listen`].
    pub(crate) fn is_first(&self) -> bool {
        !self.started.swap(true, Ordering::Relaxed)
    }

    /// Whether what is known is up to date by itself.
    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    /// Lets all who wait know.
    pub(crate) fn tell(&self, head: u64) {
        self.head.send_if_modified(|known| std::mem::replace(known, head.max(*known)) < head);
    }

    /// The head, once it is past a position.
    pub(crate) async fn past(&self, position: u64) -> Result<u64, Error> {
        let mut known = self.head.subscribe();
        let head = known.wait_for(|head| *head > position).await;
        head.map(|head| *head).map_err(|error| Error::unavailable("the store is closed", error))
    }
}

/// The position of the last record.
pub(crate) async fn head(session: &Session, names: &Names) -> Result<u64, Fault> {
    let rows = session.query(&names.sql("SELECT coalesce(max(position), 0) FROM {schema}.events"), &[]).await?;
    let head = rows.first().map_or(Ok(0), |row| unsigned(row, 0));
    Ok(head.unwrap_or_default())
}

/// Listens until the store is closed; a lost connection is replaced.
pub(crate) async fn listen(heads: Arc<Heads>, options: Arc<PostgresOptions>, names: Arc<Names>, mut closed: watch::Receiver<()>) {
    let mut pause = std::time::Duration::from_millis(10);
    loop {
        let listening = pin!(listen_once(&heads, &options, &names));
        let fault = match select(listening, pin!(closed.changed())).await {
            Either::Left((fault, _)) => fault,
            Either::Right(_) => return,
        };
        if heads.listening.swap(false, Ordering::AcqRel) {
            pause = std::time::Duration::from_millis(10);
        }
        tracing::info!(%fault, ?pause, "listening to the database again");
        let pausing = pin!(tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.5))));
        if let Either::Right(_) = select(pausing, pin!(closed.changed())).await {
            return;
        }
        pause = (pause * 2).min(std::time::Duration::from_secs(1));
    }
}

async fn listen_once(heads: &Arc<Heads>, options: &PostgresOptions, names: &Names) -> Fault {
    let told = Arc::clone(heads);
    let connected = Session::open(options, move |payload| {
        if let Ok(head) = payload.parse() {
            told.tell(head);
        }
    });
    let session = match connected.await {
        Ok(session) => session,
        Err(fault) => return fault,
    };
    if let Err(fault) = session.run(&names.sql("LISTEN {schema}")).await {
        return fault;
    }
    loop {
        match head(&session, names).await {
            Ok(head) => heads.tell(head),
            Err(fault) => return fault,
        }
        heads.listening.store(true, Ordering::Release);
        tokio::time::sleep(options.poll).await;
    }
}
