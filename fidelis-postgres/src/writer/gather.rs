//! What waits to be written, and when it is enough for a batch.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Request;

/// How many commits and bytes go into a batch.
const MOST_COMMITS: usize = 1_024;
const MOST_BYTES: usize = 4 << 20;

/// How long to wait for those that have just been answered: they usually have something new at once, and a batch for all of them is
/// cheaper than two for half of them each.
const LINGER: Duration = Duration::from_micros(150);

/// From so many callers on, half of them make a batch, so that one is decided while the database writes another. For fewer, the flush
/// they share counts for more.
const ENOUGH_FOR_TWO: usize = 16;

/// What waits to be written.
pub(super) struct Gathering {
    requests: mpsc::UnboundedReceiver<Request>,
    batch: Vec<Request>,
    bytes: usize,
    /// What is gathered has to be the only one of its batch.
    alone: bool,
    /// What came meanwhile, and has to be the only one of its own.
    held: Option<Request>,
    /// How many were answered last.
    answered: usize,
    /// How many wait for an answer at the same time, about.
    callers: usize,
}

impl Gathering {
    pub(super) fn new(requests: mpsc::UnboundedReceiver<Request>) -> Self {
        Gathering { requests, batch: Vec::new(), bytes: 0, alone: false, held: None, answered: 0, callers: 0 }
    }

    /// Waits for the first, and then for more while it is worth waiting. False when nobody can hand over anything any more.
    pub(super) async fn first(&mut self) -> bool {
        if self.batch.is_empty() {
            match self.requests.recv().await {
                Some(request) => self.push(request),
                None => return false,
            }
        }
        let mut since = None;
        loop {
            self.drain();
            if self.is_full() || self.batch.len() >= self.answered || since.get_or_insert_with(Instant::now).elapsed() > LINGER {
                return true;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until there is enough for a batch that is sent while another is on its way. Nothing is lost when it is not waited for to
    /// the end.
    pub(super) async fn behind(&mut self) {
        loop {
            self.drain();
            if self.is_full() {
                return;
            }
            match self.requests.recv().await {
                Some(request) => self.push(request),
                // What is on its way comes to its end first.
                None => std::future::pending().await,
            }
        }
    }

    /// The next batch. Who does not wait any more, and was not taken yet, has not committed.
    pub(super) fn take(&mut self) -> Vec<Request> {
        let mut batch = std::mem::take(&mut self.batch);
        self.bytes = 0;
        self.alone = false;
        if let Some(held) = self.held.take() {
            self.push(held);
        }
        batch.retain(|request| !request.answer.is_closed());
        batch
    }

    /// So many have been answered, while others are on their way.
    pub(super) fn answered(&mut self, answered: usize, on_their_way: usize) {
        self.answered = answered;
        self.callers = answered + on_their_way + self.batch.len();
    }

    fn is_full(&self) -> bool {
        let most = match self.callers {
            ENOUGH_FOR_TWO.. => self.callers.div_ceil(2).min(MOST_COMMITS),
            _ => MOST_COMMITS,
        };
        self.alone || self.held.is_some() || self.batch.len() >= most || self.bytes >= MOST_BYTES
    }

    fn drain(&mut self) {
        while !self.is_full()
            && let Ok(request) = self.requests.try_recv()
        {
            self.push(request);
        }
    }

    fn push(&mut self, request: Request) {
        let alone = request.prepared.is_alone();
        if alone && !self.batch.is_empty() {
            self.held = Some(request);
            return;
        }
        self.alone = alone;
        self.bytes += request.prepared.bytes();
        self.batch.push(request);
    }
}
