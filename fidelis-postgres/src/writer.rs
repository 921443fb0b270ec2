//! The one who writes: takes the commits that wait, decides them together and writes them in one statement.
//!
//! Each process has one writer per store. What one batch costs is a round trip and a flush, for one commit as for a hundred, so
//! commits are taken as they come: while a batch is on its way, the next gathers, and when there are many callers it is sent before the
//! first is answered. How batches of several writers, in this process or
//! elsewhere, come one after the other without a hole in between is told in the documentation of [`PostgresStore`](crate::PostgresStore).

mod batch;
mod flight;
mod gather;
mod load;
mod outcome;
mod statement;

use std::{
    collections::VecDeque,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis_core::{
    Error,
    store::{Commit, CommitResult},
};
use fidelis_sql::batch::{Care, Prepared, View};
use futures_util::future::{Either, select};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use self::{
    batch::{Attempt, Failed},
    flight::Flight,
    gather::Gathering,
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
    gathering: Gathering,
    session: Option<Arc<Session>>,
    known: Option<Known>,
    /// For so many batches the turn is taken first: others write as well.
    contended: u32,
    texts: Arc<Mutex<Texts>>,
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
        let session = Some(Arc::new(session));
        (
            queue,
            Writer {
                options,
                names,
                tables,
                head,
                gathering: Gathering::new(requests),
                session,
                known: None,
                contended: 0,
                texts: Arc::default(),
            },
        )
    }

    /// Writes until nobody can hand over anything any more.
    pub(crate) async fn run(mut self) {
        let mut flying = VecDeque::<Flight>::with_capacity(flight::MOST);
        loop {
            let on_their_way = flying.len();
            let arrived = match flying.front_mut() {
                None if !self.gathering.first().await => return,
                None => false,
                Some(first) => self.arrives_first(first, on_their_way).await,
            };
            if arrived {
                self.land_first(&mut flying).await;
                self.remove_old_batches().await;
                continue;
            }
            let batch = self.gathering.take();
            if batch.is_empty() {
                continue;
            }
            match self.follow(batch).await {
                Ok(flight) => flying.push_back(flight),
                Err((batch, failed)) => {
                    while !flying.is_empty() {
                        self.land_first(&mut flying).await;
                    }
                    self.process(batch, failed).await;
                }
            }
        }
    }

    /// Waits for a batch to arrive, or for another that may follow. Whether the first was what happened.
    async fn arrives_first(&mut self, first: &mut Flight, on_their_way: usize) -> bool {
        if on_their_way == flight::MOST {
            first.arrived().await;
            return true;
        }
        matches!(select(pin!(first.arrived()), pin!(self.gathering.behind())).await, Either::Left(_))
    }

    /// Writes a batch when nothing else is on its way. `failed`: why it has failed already, if it was tried.
    async fn process(&mut self, mut batch: Vec<Request>, mut failed: Option<Failed>) {
        let begun = Instant::now();
        let mut patience = Patience::new(&self.options);
        let mut how = match self.contended {
            0 => How::AtOnce(if batch[0].prepared.is_alone() { Care::Everything } else { Care::Trusting }),
            _ => How::InTurn,
        };
        loop {
            let attempt = match failed.take() {
                Some(failed) => Err(failed),
                None => self.attempt(&mut batch, how).await,
            };
            let fault = match attempt {
                Ok(answers) => {
                    let head = self.known.as_ref().map_or(0, |known| known.view.head());
                    break self.answer(batch, answers, head, begun, 0);
                }
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
                        Box::pin(self.process(vec![request], None)).await;
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

    /// Answers a batch that has happened; after it the log has this head.
    fn answer(&mut self, batch: Vec<Request>, answers: Vec<Answer>, head: u64, begun: Instant, on_their_way: usize) {
        if begun.elapsed() > SLOW {
            tracing::warn!(commits = batch.len(), time = ?begun.elapsed(), "a batch of commits took long");
        }
        self.head.send_if_modified(|announced| std::mem::replace(announced, head.max(*announced)) < head);
        if let Some(known) = &mut self.known {
            known.view.trim();
        }
        self.gathering.answered(batch.len(), on_their_way);
        for (request, answer) in batch.into_iter().zip(answers) {
            // Whoever has left does not want to know.
            let _ = request.answer.send(answer);
        }
    }

    async fn attempt(&mut self, batch: &mut [Request], how: How) -> Attempt {
        if self.session.as_ref().is_none_or(|session| session.is_closed()) {
            self.session = None;
            self.known = None;
            let session = Session::open(&self.options, |_| ()).await.map_err(Failed::NothingHappened)?;
            self.session = Some(Arc::new(session));
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
