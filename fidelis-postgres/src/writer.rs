//! The one who writes: takes the commits that wait, decides them together and writes them in one statement.
//!
//! Each process has one writer per store. What one batch costs is a round trip and a flush, for one commit as for a hundred, so
//! commits are taken as they come: while a batch is on its way, the next gathers. How batches of several writers, in this process or
//! elsewhere, come one after the other without a hole in between is told in the documentation of [`PostgresStore`](crate::PostgresStore).

mod batch;
mod load;
mod outcome;
mod statement;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis_core::{
    Error,
    store::{Commit, CommitResult},
};
use fidelis_sql::batch::{Care, Prepared, View};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use self::{
    batch::{Attempt, Failed},
    statement::{Place, Texts},
};
use crate::{
    PostgresOptions, bounds,
    fault::{Fault, Follows},
    names::Names,
    session::{Patience, Session},
    tables::Tables,
};

/// How many bytes may wait; who comes later waits until there is room.
const ROOM: usize = 64 << 20;

/// How many commits and bytes go into a batch.
const MOST_COMMITS: usize = 1_024;
const MOST_BYTES: usize = 4 << 20;

/// How long a writer waits for those it has just answered: they usually have something new at once, and a batch for all of them is
/// cheaper than two for half of them each.
const LINGER: Duration = Duration::from_micros(150);

/// A batch that takes longer than this is worth a line.
const SLOW: Duration = Duration::from_secs(1);

/// How many batches of the past are kept, and how often the older ones are removed.
const KEPT_BATCHES: i64 = 100_000;
const REMOVED_EVERY: i64 = 256;

type Answer = Result<CommitResult, Error>;

/// Where commits are handed over.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    requests: mpsc::UnboundedSender<Request>,
    room: Arc<Semaphore>,
}

/// A commit, and who waits for it.
#[derive(Debug)]
struct Request {
    prepared: Prepared,
    answer: oneshot::Sender<Answer>,
    _room: OwnedSemaphorePermit,
}

impl Queue {
    /// Hands over a commit and waits for its answer. Dropped before it is handed over, nothing happens; afterwards it happens, or is
    /// refused, whole.
    pub(crate) async fn commit(&self, commit: Commit) -> Answer {
        bounds::check(&commit)?;
        let prepared = Prepared::new(commit);
        let bytes = prepared.bytes().min(ROOM) as u32;
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await.expect("the semaphore is never closed");
        let (answer, answered) = oneshot::channel();
        let ended = "the runtime that the store was connected on has ended";
        let request = Request { prepared, answer, _room: room };
        self.requests.send(request).map_err(|_| Error::unavailable(ended, "nobody writes any more"))?;
        answered.await.unwrap_or_else(|gone| Err(Error::unknown(ended, gone)))
    }
}

/// Writes what is handed over.
pub(crate) struct Writer {
    options: Arc<PostgresOptions>,
    names: Arc<Names>,
    tables: Arc<Tables>,
    /// The head of the log, for those who wait in this process.
    head: watch::Sender<u64>,
    requests: mpsc::UnboundedReceiver<Request>,
    /// What came while a batch gathered and has to be the only one of its own.
    held: Option<Request>,
    session: Option<Session>,
    known: Option<Known>,
    /// For so many batches the turn is taken first: others write as well.
    contended: u32,
    /// How many callers were answered last.
    answered: usize,
    texts: Texts,
}

/// What is known of the log, as of a batch.
struct Known {
    view: View,
    place: Place,
}

/// How a batch is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// On what is known, in one statement that does nothing if somebody else has written.
    AtOnce(Care),
    /// The turn is taken before anything is read: nobody else writes meanwhile.
    InTurn,
}

impl Writer {
    pub(crate) fn new(
        options: Arc<PostgresOptions>,
        names: Arc<Names>,
        tables: Arc<Tables>,
        head: watch::Sender<u64>,
        session: Session,
    ) -> (Queue, Self) {
        let (sender, requests) = mpsc::unbounded_channel();
        let queue = Queue { requests: sender, room: Arc::new(Semaphore::new(ROOM)) };
        let session = Some(session);
        (
            queue,
            Writer {
                options,
                names,
                tables,
                head,
                requests,
                held: None,
                session,
                known: None,
                contended: 0,
                answered: 0,
                texts: Texts::default(),
            },
        )
    }

    /// Writes until nobody can hand over anything any more.
    pub(crate) async fn run(mut self) {
        while let Some(batch) = self.gather().await {
            self.process(batch).await;
            self.remove_old_batches().await;
        }
    }

    /// The commits that wait, and those that come while it is worth waiting.
    async fn gather(&mut self) -> Option<Vec<Request>> {
        let first = match self.held.take() {
            Some(held) => held,
            None => self.requests.recv().await?,
        };
        let mut bytes = first.prepared.bytes();
        let alone = first.prepared.is_alone();
        let mut batch = vec![first];
        let mut since = None;
        while !alone && batch.len() < MOST_COMMITS && bytes < MOST_BYTES {
            match self.requests.try_recv() {
                Ok(request) if request.prepared.is_alone() => {
                    self.held = Some(request);
                    break;
                }
                Ok(request) => {
                    bytes += request.prepared.bytes();
                    batch.push(request);
                }
                Err(_) if batch.len() < self.answered => {
                    if since.get_or_insert_with(Instant::now).elapsed() > LINGER {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                Err(_) => break,
            }
        }
        // Who does not wait any more, and was not taken yet, has not committed.
        batch.retain(|request| !request.answer.is_closed());
        Some(batch)
    }

    async fn process(&mut self, mut batch: Vec<Request>) {
        if batch.is_empty() {
            return;
        }
        let begun = Instant::now();
        let mut patience = Patience::new(&self.options);
        let mut how = match self.contended {
            0 => How::AtOnce(if batch[0].prepared.is_alone() { Care::Everything } else { Care::Trusting }),
            _ => How::InTurn,
        };
        loop {
            let fault = match self.attempt(&mut batch, how).await {
                Ok(answers) => break self.answer(batch, answers, begun),
                Err(Failed::Stale) if how != How::InTurn => {
                    how = How::InTurn;
                    continue;
                }
                // What was taken to be absent is there: this time it is read. That costs no patience, for it says nothing of the server.
                Err(Failed::Taken) if how != How::InTurn => {
                    how = if how == How::AtOnce(Care::Trusting) { How::AtOnce(Care::Everything) } else { How::InTurn };
                    continue;
                }
                Err(Failed::Stale | Failed::Taken) => None,
                Err(Failed::Unfit(fault)) if batch.len() == 1 => {
                    break refuse(batch, |_| Error::invalid(format!("the database refuses the commit: {fault}")));
                }
                Err(Failed::Unfit(fault)) => {
                    tracing::info!(%fault, commits = batch.len(), "the database refuses a batch: its commits are tried one by one");
                    for request in batch {
                        Box::pin(self.process(vec![request])).await;
                    }
                    return;
                }
                Err(Failed::NothingHappened(fault)) => Some(fault),
                Err(Failed::NobodyKnows(fault)) => {
                    let text = "the connection broke inside the commit, and the database has not answered since: ask with the command's key";
                    break refuse(batch, |_| Error::unknown(text, Fault::new(fault.follows, fault.to_string())));
                }
            };
            match patience.pause() {
                Some(pause) => {
                    if let Some(fault) = &fault {
                        tracing::info!(%fault, ?pause, "writing to the database again");
                    }
                    tokio::time::sleep(pause).await;
                }
                None => {
                    let fault =
                        fault.unwrap_or_else(|| Fault::new(Follows::Taken, "others settle the same commands all the time"));
                    let text = format!("the database {} cannot be written to", self.options.place());
                    break refuse(batch, |_| Error::unavailable(text.clone(), Fault::new(fault.follows, fault.to_string())));
                }
            }
        }
    }

    fn answer(&mut self, batch: Vec<Request>, answers: Vec<Answer>, begun: Instant) {
        if begun.elapsed() > SLOW {
            tracing::warn!(commits = batch.len(), time = ?begun.elapsed(), "a batch of commits took long");
        }
        if let Some(known) = &mut self.known {
            let head = known.view.head();
            self.head.send_if_modified(|announced| std::mem::replace(announced, head.max(*announced)) < head);
            known.view.trim();
        }
        self.answered = batch.len();
        for (request, answer) in batch.into_iter().zip(answers) {
            // Whoever has left does not want to know.
            let _ = request.answer.send(answer);
        }
    }

    async fn attempt(&mut self, batch: &mut [Request], how: How) -> Attempt {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = None;
            self.known = None;
            let session = Session::open(&self.options, |_| ()).await.map_err(Failed::NothingHappened)?;
            self.session = Some(session);
        }
        let result = match how {
            How::AtOnce(care) => self.at_once(batch, care).await,
            How::InTurn => self.in_turn(batch).await,
        };
        if result.is_err() {
            // What is known is ahead of what is stored.
            self.known = None;
        }
        result
    }

    async fn remove_old_batches(&mut self) {
        let (Some(session), Some(known)) = (&self.session, &self.known) else { return };
        let batch = known.place.batch;
        if batch % REMOVED_EVERY == 0 && batch > KEPT_BATCHES {
            let sql = self.names.sql("DELETE FROM {schema}.batches WHERE batch < $1");
            if let Err(fault) = session.query(&sql, &[&(batch - KEPT_BATCHES)]).await {
                tracing::debug!(%fault, "old batches are removed later");
            }
        }
    }
}

fn refuse(batch: Vec<Request>, error: impl Fn(&Request) -> Error) {
    for request in batch {
        let error = error(&request);
        let _ = request.answer.send(Err(error));
    }
}
