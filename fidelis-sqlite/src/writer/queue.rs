//! What waits for the writer, bounded by bytes.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
    time::Instant,
};

use fidelis_core::Error;
use parking_lot::{Condvar, Mutex};

use super::Job;

/// The most commits of one batch, and about the most bytes.
const MOST: (usize, usize) = (4096, 8 << 20);

/// What waits for the writer.
pub(crate) struct Queue {
    most_bytes: usize,
    state: Mutex<State>,
    /// There is enough for the writer, or it is over.
    filled: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    bytes: usize,
    /// How many jobs the writer waits for.
    wanted: usize,
    closed: bool,
    /// Who waits for room.
    waiting: Vec<Waker>,
}

impl Queue {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Queue { most_bytes, state: Mutex::default(), filled: Condvar::new() }
    }

    /// Hands over a job as soon as there is room: it is taken out of `job`.
    pub(crate) fn poll_push(&self, job: &mut Option<Job>, context: &Context<'_>) -> Poll<Result<(), Error>> {
        let mut state = self.state.lock();
        if state.closed {
            return Poll::Ready(Err(Error::unavailable("nothing can be written any more", "the writer of this store has ended")));
        }
        // One that is larger than all room there is comes alone.
        let bytes = job.as_ref().map_or(0, Job::bytes);
        if state.bytes > 0 && state.bytes + bytes > self.most_bytes {
            state.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        if let Some(job) = job.take() {
            state.bytes += bytes;
            state.jobs.push_back(job);
            if state.jobs.len() >= state.wanted {
                drop(state);
                self.filled.notify_one();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next jobs that can be done together: as many as wait, one at least. Waits for `expected` of them until then, and for the
    /// first as long as it takes. `None` when the queue is closed and empty.
    pub(super) fn take(&self, expected: usize, until: Instant) -> Option<Vec<Job>> {
        let mut state = self.state.lock();
        if expected > 1 {
            state.wanted = expected;
            while state.jobs.len() < expected && !state.closed {
                if self.filled.wait_until(&mut state, until).timed_out() {
                    break;
                }
            }
        }
        state.wanted = 1;
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            self.filled.wait(&mut state);
        }
        // Nobody needs to wake a writer that works.
        state.wanted = usize::MAX;
        let (mut jobs, mut bytes) = (Vec::new(), 0);
        while let Some(job) = state.jobs.front() {
            let alone = match job {
                Job::Commit(prepared, _) => prepared.is_alone(),
                Job::Task(_) => true,
            };
            let is_full = jobs.len() >= MOST.0 || bytes + job.bytes() > MOST.1;
            if !jobs.is_empty() && (alone || is_full) {
                break;
            }
            bytes += job.bytes();
            jobs.extend(state.jobs.pop_front());
            if alone {
                break;
            }
        }
        state.bytes -= bytes;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Some(jobs)
    }

    /// Takes no more; what waits is still done.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.filled.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Drops what waits; who waits for it is told.
    pub(super) fn clear(&self) {
        let jobs = std::mem::take(&mut self.state.lock().jobs);
        drop(jobs);
    }
}
