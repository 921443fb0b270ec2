//! Running process managers: messages to steps, steps to the log, the commands in them to those they are for.
//!
//! A process manager is one consumer. Its checkpoint moves over the events it handles and over its own transitions, which are its
//! outbox: when one of those comes, its commands are carried out. What a step makes of a message is `next`; reading what is due
//! and storing what follows is `window` for records, with `intake` for events and `outbox` for transitions, `timers` for time and `people`
//! for persons.

mod counts;
mod intake;
mod issue;
mod next;
mod outbox;
mod people;
mod start;
mod storing;
mod timers;
mod window;

pub use counts::ProcessCounts;
pub(crate) use issue::execute_issued;
pub use people::{ProcessInspection, Waiting};
pub(super) use start::check_stored;
use timers::{Coming, Timers};

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Engine;
use crate::{
    Error, MessageId, Origin, Recorded, Store, StreamName,
    process::Transition,
    store::{Direction, PageLimit, ReadFrom},
};

/// What an engine keeps of its processes: none of it is trusted over the log.
pub(super) struct Processes {
    /// The last transitions of processes. However stale: whoever stands on one meets a conflict.
    known: Mutex<FxHashMap<StreamName, Arc<Known>>>,
    capacity: usize,
    /// Transitions that this engine has stored and whose commands it has not begun to carry out: nobody needs to be asked whether they
    /// have happened.
    new: Mutex<FxHashSet<MessageId>>,
    timers: Mutex<Timers>,
    counts: Mutex<FxHashMap<&'static str, ProcessCounts>>,
}

/// A process as its last transition has it.
#[derive(Debug)]
pub(super) struct Known {
    /// The position of that in its stream.
    position: u64,
    id: MessageId,
    origin: Origin,
    transition: Transition,
}

impl Known {
    fn of(record: &Recorded, transition: Transition) -> Self {
        Known { position: record.metadata.position, id: record.metadata.id, origin: record.metadata.origin.clone(), transition }
    }
}

impl Processes {
    /// Keeps up to `capacity` processes ready.
    pub(super) fn new(capacity: usize, coming: Coming) -> Self {
        Processes {
            known: Mutex::default(),
            capacity,
            new: Mutex::default(),
            timers: Mutex::new(Timers::new(coming)),
            counts: Mutex::default(),
        }
    }

    /// Keeps nothing any more, as after a restart.
    pub(super) fn clear(&self) {
        self.known.lock().clear();
        *self.timers.lock() = Timers::new(Coming::NONE);
        self.counts.lock().clear();
    }

    /// When the next timer fires, as far as it is known.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.timers.lock().next_due()
    }

    fn remember(&self, stream: &StreamName, known: Known) -> Arc<Known> {
        self.timers.lock().set(stream, known.transition.next_due());
        let known = Arc::new(known);
        let mut all = self.known.lock();
        if known.transition.status.is_over() {
            all.remove(stream);
            return known;
        }
        // Making room costs those that are still on their way one read each.
        if all.len() >= self.capacity && !all.contains_key(stream) {
            all.clear();
        }
        all.insert(stream.clone(), Arc::clone(&known));
        known
    }

    /// A transition of a process has come along; it may be newer than what is known. Where nothing is known, it may be old.
    fn met(&self, stream: &StreamName, record: &Recorded, transition: &Transition) {
        let newer = self.known.lock().get(stream).is_some_and(|known| known.position < record.metadata.position);
        if newer {
            self.remember(stream, Known::of(record, transition.clone()));
        }
    }

    /// These transitions were stored just now.
    fn are_new(&self, transitions: impl Iterator<Item = MessageId>) {
        let mut new = self.new.lock();
        // Those that another engine has carried out stay here: it costs the others one question each.
        if new.len() >= self.capacity {
            new.clear();
        }
        new.extend(transitions);
    }

    /// Whether the commands of a transition are carried out for the first time; asked once.
    fn is_new(&self, transition: MessageId) -> bool {
        self.new.lock().remove(&transition)
    }

    fn forget(&self, stream: &StreamName) {
        self.known.lock().remove(stream);
    }
}

impl Engine {
    /// A process as it was when this engine last saw it; `None` when it has not started.
    async fn known(&self, stream: &StreamName) -> Result<Option<Arc<Known>>, Error> {
        let known = self.remembered(stream);
        if known.is_some() {
            return Ok(known);
        }
        let last = last_of(&*self.0.store, stream).await?;
        Ok(last.map(|(record, transition)| self.0.processes.remember(stream, Known::of(&record, transition))))
    }

    /// A process as this engine has it in memory.
    fn remembered(&self, stream: &StreamName) -> Option<Arc<Known>> {
        self.0.processes.known.lock().get(stream).cloned()
    }

    /// A process as it is now.
    async fn known_now(&self, stream: &StreamName) -> Result<Option<Arc<Known>>, Error> {
        let known = self.known(stream).await?;
        if self.0.store.version(stream).await? == known.as_ref().map(|known| known.position) {
            return Ok(known);
        }
        self.0.processes.forget(stream);
        self.known(stream).await
    }
}

/// The last transition of a process: one record, however many there are.
async fn last_of(store: &dyn Store, stream: &StreamName) -> Result<Option<(Arc<Recorded>, Transition)>, Error> {
    let from = ReadFrom::Stream { name: stream, position: u64::MAX, direction: Direction::Backwards };
    let page = store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?;
    let Some(record) = page.into_iter().next() else {
        return Ok(None);
    };
    let transition = Transition::of(&record)?;
    Ok(Some((record, transition)))
}
