//! The one thread that writes: it takes all commits that wait, decides them one after the other, and writes them in one transaction.

mod batch;
mod learn;
mod numbers;
mod queue;
mod write;

use std::{
    io,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

pub(crate) use batch::{Writer, check_times};
use fidelis_core::{Error, store::CommitResult};
use fidelis_sql::batch::Prepared;
pub(crate) use queue::Queue;
use rusqlite::Connection;

use crate::{models::Models, watch::Watch};

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

/// Starts the writer.
///
/// # Errors
/// When no thread can be started.
pub(crate) fn start(
    connection: Connection,
    path: PathBuf,
    queue: &Arc<Queue>,
    models: &Arc<Models>,
    watch: &Arc<Watch>,
) -> io::Result<JoinHandle<()>> {
    let writer = Writer::new(connection, path, Arc::clone(models), Arc::clone(watch));
    let queue = Arc::clone(queue);
    thread::Builder::new().name("fidelis-sqlite-writer".to_owned()).spawn(move || work(writer, &queue))
}

/// Writes until the queue is closed and empty.
fn work(mut writer: Writer, queue: &Queue) {
    // However this ends, nobody waits for it.
    let _closing = Closing(queue);
    let mut expected = 1;
    let mut answered = Instant::now();
    while let Some(jobs) = queue.take(expected, answered + LINGER) {
        let mut commits = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job {
                Job::Commit(prepared, answer) => commits.push((prepared, answer)),
                Job::Task(task) => task(&mut writer),
            }
        }
        expected = commits.len().max(1);
        if !commits.is_empty() {
            writer.commit(commits);
        }
        answered = Instant::now();
    }
}

struct Closing<'a>(&'a Queue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
        self.0.clear();
    }
}
