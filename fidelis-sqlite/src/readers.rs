//! Connections that read, and threads for what takes long.
//!
//! A question about one thing costs a few microseconds, less than the 20 to 40 that handing it to another thread and back would
//! cost: it is answered where it is asked. What may take longer, such as a page of a thousand records or a selection, is answered
//! on a thread of the store, so that it does not hold up what else the caller's thread has to do.

use std::{
    collections::VecDeque,
    fmt,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use fidelis_core::Error;
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::{connection, error::of_file, read::Names};

/// How many connections are kept open while nobody reads.
const KEPT: usize = 8;

/// How many threads answer what takes long.
const THREADS: usize = 4;

/// A connection that reads, and the names it has seen.
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(crate) names: Names,
    pub(crate) path: Arc<PathBuf>,
}

impl Reader {
    /// The error of an operation on the file.
    pub(crate) fn failed(&self, error: rusqlite::Error) -> Error {
        of_file(&self.path, error)
    }
}

type Work = Box<dyn FnOnce(&mut Reader) + Send>;

/// The readers of one store.
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Mutex<Vec<Reader>>,
    tasks: Mutex<Tasks>,
    /// There is work, or it is over.
    changed: Condvar,
}

#[derive(Default)]
struct Tasks {
    waiting: VecDeque<Work>,
    idle: usize,
    threads: Vec<JoinHandle<()>>,
    over: bool,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        let path = Arc::new(path);
        Readers { path, idle: Mutex::default(), tasks: Mutex::default(), changed: Condvar::new() }
    }

    /// Answers a short question here and now.
    pub(crate) fn now<T>(&self, question: impl FnOnce(&mut Reader) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle.lock().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.open()?,
        };
        let answer = question(&mut reader);
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(reader);
        }
        answer
    }

    /// Answers a question on a thread of the store.
    pub(crate) async fn later<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&mut Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match self.ask(question)?.await {
            Ok(answer) => answer,
            Err(error) => {
                Err(Error::unavailable("the question was not answered: no reader could be opened, or one broke down", error))
            }
        }
    }

    /// Hands a question to a thread of the store, and gives where its answer is going to be.
    pub(crate) fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&mut Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<oneshot::AsyncReceiver<Result<T, Error>>, Error> {
        let (answer, answered) = oneshot::async_channel();
        // Who asked may be gone: then nobody misses the answer.
        self.hand_over(Box::new(move |reader| drop(answer.send(question(reader)))))?;
        Ok(answered)
    }

    fn open(&self) -> Result<Reader, Error> {
        let connection = connection::reading(&self.path).map_err(|error| of_file(&self.path, error))?;
        Ok(Reader { connection, names: Names::default(), path: Arc::clone(&self.path) })
    }

    fn hand_over(self: &Arc<Self>, work: Work) -> Result<(), Error> {
        let mut tasks = self.tasks.lock();
        if tasks.idle <= tasks.waiting.len() && tasks.threads.len() < THREADS {
            let readers = Arc::clone(self);
            let thread = thread::Builder::new().name("fidelis-sqlite-reader".to_owned()).spawn(move || readers.work());
            match thread {
                Ok(thread) => tasks.threads.push(thread),
                Err(error) if tasks.threads.is_empty() => {
                    return Err(Error::unavailable("no thread can be started to read with", error));
                }
                Err(_) => {}
            }
        }
        tasks.waiting.push_back(work);
        drop(tasks);
        self.changed.notify_one();
        Ok(())
    }

    fn work(&self) {
        loop {
            let work = {
                let mut tasks = self.tasks.lock();
                loop {
                    if let Some(work) = tasks.waiting.pop_front() {
                        break work;
                    }
                    if tasks.over {
                        return;
                    }
                    tasks.idle += 1;
                    self.changed.wait(&mut tasks);
                    tasks.idle -= 1;
                }
            };
            // Without a reader the work is dropped, and who asked is told.
            let done = self.now(|reader| {
                work(reader);
                Ok(())
            });
            if let Err(error) = done {
                tracing::warn!(%error, "a reader could not be opened");
            }
        }
    }

    /// Ends the threads, after what waits, and closes the connections.
    pub(crate) fn end(&self) {
        let threads = {
            let mut tasks = self.tasks.lock();
            tasks.over = true;
            std::mem::take(&mut tasks.threads)
        };
        self.changed.notify_all();
        for thread in threads {
            // The last owner of the store may have been let go by one of its own threads.
            if thread.thread().id() != thread::current().id() {
                drop(thread.join());
            }
        }
        self.idle.lock().clear();
    }
}
