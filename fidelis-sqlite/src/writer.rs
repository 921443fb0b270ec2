//! Who writes: a thread that takes all commits that wait, decides them one after the other, and writes them in one transaction.
//!
//! Handing a commit over to a thread and its answer back takes two wakes of a thread, about half as long as a flush. Who commits
//! alone is therefore let write himself, as long as flushes are quick: see [`Desk::commit`].

mod batch;
mod learn;
mod numbers;
mod queue;
mod write;

use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::Poll,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub(crate) use batch::{Writer, check_times};
use fidelis_core::{Error, store::CommitResult};
use fidelis_sql::batch::Prepared;
use parking_lot::Mutex;
use queue::Pushed;
pub(crate) use queue::Queue;

/// How long to wait for the callers that were just answered: they often come back at once, and then share the next flush. Only after
/// a batch of more than one.
const LINGER: Duration = Duration::from_micros(150);

/// What is waiting for the writer.
#[allow(clippy::large_enum_variant, reason = "nearly all are commits, and a box for each would be one allocation more")]
pub(crate) enum Job {
    /// A commit, and where its answer goes.
    Commit(Prepared, oneshot::Sender<Result<CommitResult, Error>>),
    /// Something else that writes; it is alone in its transaction, if it needs one.
    Task(Box<dyn FnOnce(&mut Writer) + Send>),
}

impl Job {
    /// About how many bytes it keeps in memory.
    fn bytes(&self) -> usize {
        match self {
            Job::Commit(prepared, _) => prepared.bytes(),
            Job::Task(_) => 0,
        }
    }
}

/// Where commits are handed in, and where whoever writes sits: one at a time.
pub(crate) struct Desk {
    pub(crate) queue: Queue,
    writer: Mutex<Writer>,
}

impl Desk {
    pub(crate) fn new(queue: Queue, writer: Writer) -> Self {
        Desk { queue, writer: Mutex::new(writer) }
    }

    /// Hands in a commit and waits for its answer.
    ///
    /// Who finds nobody there lets everybody else who is ready on his thread go first. If then there is still nobody else, he
    /// writes himself; otherwise the thread writes for all.
    pub(crate) async fn commit(&self, commit: Prepared) -> Result<CommitResult, Error> {
        let (answer, answered) = oneshot::async_channel();
        let mut job = Some(Job::Commit(commit, answer));
        if poll_fn(|context| self.queue.poll_push(&mut job, context)).await? == Pushed::Alone {
            // However this goes on, even when the caller goes away: what is left there, the thread does.
            let _calling = Calling(&self.queue);
            yield_once().await;
            if let Some(mut writer) = self.writer.try_lock()
                && let Some(alone) = self.queue.take_alone()
            {
                self.write(&mut writer, vec![alone]);
            }
        }
        answered.await.unwrap_or_else(|error| Err(unanswered(error)))
    }

    /// Runs something else that writes, on the thread.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::async_channel();
        let mut job = Some(Job::Task(Box::new(move |writer| drop(answer.send(task(writer))))));
        poll_fn(|context| self.queue.poll_push(&mut job, context)).await?;
        answered.await.unwrap_or_else(|error| Err(unanswered(error)))
    }

    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(self: &Arc<Self>) -> io::Result<JoinHandle<()>> {
        let desk = Arc::clone(self);
        thread::Builder::new().name("fidelis-sqlite-writer".to_owned()).spawn(move || desk.work())
    }

    /// Writes until the queue is closed and empty.
    fn work(&self) {
        // However this ends, nobody waits for it.
        let _closing = Closing(&self.queue);
        let mut expected = 1;
        let mut answered = Instant::now();
        while self.queue.wait(expected, answered + LINGER) {
            // Behind the lock, so that who comes while somebody writes is part of it.
            let mut writer = self.writer.lock();
            let jobs = self.queue.take();
            expected = jobs.len().max(1);
            self.write(&mut writer, jobs);
            answered = Instant::now();
        }
    }

    fn write(&self, writer: &mut Writer, jobs: Vec<Job>) {
        let mut commits = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job {
                Job::Commit(prepared, answer) => commits.push((prepared, answer)),
                Job::Task(task) => task(writer),
            }
        }
        let alone = commits.len() == 1;
        if !commits.is_empty() {
            writer.commit(commits);
        }
        self.queue.let_write_alone(alone && writer.is_quick());
    }
}

fn unanswered(error: oneshot::RecvError) -> Error {
    Error::unknown("the writer ended before it answered", error)
}

/// Lets everything else run that is ready on this thread.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Calls the thread when it is dropped.
struct Calling<'a>(&'a Queue);

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        self.0.call();
    }
}

struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
        self.0.clear();
    }
}
