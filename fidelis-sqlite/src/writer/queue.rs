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
    /// Whether who comes alone may write himself.
    alone: bool,
    /// Who waits for room.
    waiting: Vec<Waker>,
}

/// Who is going to do a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The thread; it has been called.
    ToTheThread,
    /// Who brought it, if nobody else comes; he has to call the thread if he does not.
    Alone,
}

impl Queue {
    pub(crate) fn new(most_bytes: usize) -> Self {
        Queue { most_bytes, state: Mutex::default(), filled: Condvar::new() }
    }

    /// Hands over a job as soon as there is room: it is taken out of `job`.
    pub(super) fn poll_push(&self, job: &mut Option<Job>, context: &Context<'_>) -> Poll<Result<Pushed, Error>> {
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
            let is_commit = matches!(job, Job::Commit(..));
            state.jobs.push_back(job);
            if state.alone && state.jobs.len() == 1 && is_commit {
                return Poll::Ready(Ok(Pushed::Alone));
            }
            if state.jobs.len() >= state.wanted {
                drop(state);
                self.filled.notify_one();
            }
        }
        Poll::Ready(Ok(Pushed::ToTheThread))
    }

    /// The only job there is, if it is a commit.
    pub(super) fn take_alone(&self) -> Option<Job> {
        let mut state = self.state.lock();
        if state.jobs.len() != 1 || !matches!(state.jobs.front(), Some(Job::Commit(..))) {
            return None;
        }
        let job = state.jobs.pop_front()?;
        state.bytes -= job.bytes();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Some(job)
    }

    /// Calls the thread, if there is something to do.
    pub(super) fn call(&self) {
        if !self.state.lock().jobs.is_empty() {
            self.filled.notify_one();
        }
    }

    /// Whether who comes alone may write himself from now on.
    pub(super) fn let_write_alone(&self, alone: bool) {
        self.state.lock().alone = alone;
    }

    /// Waits for `expected` jobs until then, and for the first as long as it takes. False when the queue is closed and empty.
    pub(super) fn wait(&self, expected: usize, until: Instant) -> bool {
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
                return false;
            }
            self.filled.wait(&mut state);
        }
        // Nobody needs to call who is coming.
        state.wanted = usize::MAX;
        true
    }

    /// The next jobs that can be done together: as many as there are. None, if somebody else was faster.
    pub(super) fn take(&self) -> Vec<Job> {
        let mut state = self.state.lock();
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
        jobs
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
