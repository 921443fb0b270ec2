//! Waiting for the log to grow, whoever writes there.
//!
//! What this process writes wakes who waits at once. What other processes write is noticed by asking SQLite every now and then
//! whether the file has changed, which costs a microsecond: more often when it has just changed, and only while somebody waits.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

/// How long the pauses between two looks are: the shortest after a change, the longest when nothing has happened for a while.
const PAUSES: [Duration; 2] = [Duration::from_micros(100), Duration::from_millis(20)];

/// For so long after a change the pauses stay the shortest: who writes once usually goes on. A look takes a few microseconds, so this
/// costs a twentieth of a core while others write, and nothing when they do not.
const LIVELY: Duration = Duration::from_millis(100);

/// Who waits for which position.
#[derive(Default)]
pub(crate) struct Watch {
    head: AtomicU64,
    waiting: Mutex<Vec<Waiting>>,
    /// Somebody waits, or it is over.
    changed: Condvar,
    over: AtomicBool,
}

struct Waiting {
    /// The head must be past this.
    position: u64,
    /// Whose entry it is.
    number: u64,
    waker: Waker,
}

impl Watch {
    /// The log has grown up to here.
    pub(crate) fn advance(&self, head: u64) {
        if self.head.fetch_max(head, Ordering::AcqRel) >= head {
            return;
        }
        let mut waiting = self.waiting.lock();
        for entry in waiting.extract_if(.., |entry| entry.position < head) {
            entry.waker.wake();
        }
    }

    /// Waits until the log has grown past `position`; gives its head.
    pub(crate) async fn past(&self, position: u64) -> u64 {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let mut entry = Entry { watch: self, number: NUMBERS.fetch_add(1, Ordering::Relaxed), waits: false };
        poll_fn(|context| {
            let mut waiting = self.waiting.lock();
            let head = self.head.load(Ordering::Acquire);
            if head > position {
                return Poll::Ready(head);
            }
            match waiting.iter_mut().find(|waiting| waiting.number == entry.number) {
                Some(found) => found.waker.clone_from(context.waker()),
                None => waiting.push(Waiting { position, number: entry.number, waker: context.waker().clone() }),
            }
            entry.waits = true;
            self.changed.notify_one();
            Poll::Pending
        })
        .await
    }

    /// Looks at what other processes write, until it is over.
    pub(crate) fn look(&self, connection: &Connection) {
        let [shortest, longest] = PAUSES;
        let (mut pause, mut changed) = (shortest, Instant::now());
        let mut seen = None;
        loop {
            {
                let mut waiting = self.waiting.lock();
                while waiting.is_empty() && !self.over.load(Ordering::Acquire) {
                    self.changed.wait(&mut waiting);
                    (pause, changed) = (shortest, Instant::now());
                }
            }
            if self.over.load(Ordering::Acquire) {
                return;
            }
            match look_once(connection, &mut seen) {
                Ok(Some(head)) => {
                    (pause, changed) = (shortest, Instant::now());
                    self.advance(head);
                }
                Ok(None) if changed.elapsed() < LIVELY => {}
                Ok(None) => pause = (pause * 5 / 4).min(longest),
                // Whoever reads or writes is told; here it costs time.
                Err(_) => pause = longest,
            }
            thread::sleep(pause);
        }
    }

    /// Ends [`look`](Watch::look).
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
        // Behind the lock: who looks has either seen it or sleeps already.
        drop(self.waiting.lock());
        self.changed.notify_all();
    }
}

/// The head, if the file has changed since it was seen.
fn look_once(connection: &Connection, seen: &mut Option<i64>) -> Result<Option<u64>, rusqlite::Error> {
    let version: i64 = connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
    if seen.replace(version) == Some(version) {
        return Ok(None);
    }
    let sql = "SELECT coalesce(max(position), 0) FROM fidelis_records";
    connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(|head| Some(head.cast_unsigned()))
}

/// Takes the entry out when nobody waits for it any more.
struct Entry<'a> {
    watch: &'a Watch,
    number: u64,
    waits: bool,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if self.waits {
            self.watch.waiting.lock().retain(|waiting| waiting.number != self.number);
        }
    }
}

/// Watches a file on a thread of its own.
pub(crate) fn start(watch: &Arc<Watch>, connection: Connection) -> std::io::Result<thread::JoinHandle<()>> {
    let watch = Arc::clone(watch);
    thread::Builder::new().name("fidelis-sqlite-watch".to_owned()).spawn(move || watch.look(&connection))
}
