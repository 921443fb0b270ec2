//! Timers: part of the state of processes, found by the read model of all processes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::{Engine, next::Next, outbox::call, storing::Steps};
use crate::{
    Error, Query, Store, StreamName,
    domain::{Consumer, ProcessTypes},
    process::{Cause, ProcessStatus, ProcessSummary},
};

/// So many processes with timers that are due are read at once.
const PAGE: u64 = 100;

/// The timers of so many processes are known ahead.
const AHEAD: u64 = 1_000;

/// When timers fire, as far as this engine knows.
#[derive(Debug)]
pub(super) struct Timers {
    /// Those of processes whose last step it has made or seen: the first of each.
    known: FxHashMap<StreamName, Timestamp>,
    in_order: BTreeSet<(Timestamp, StreamName)>,
    /// None of the others fires before this.
    others: Option<Timestamp>,
    /// When the store was asked last for those that others have started; none before the first time.
    pub(super) asked: Option<Timestamp>,
}

impl Timers {
    pub(super) fn new(coming: Coming) -> Self {
        let mut timers = Timers { known: FxHashMap::default(), in_order: BTreeSet::new(), others: None, asked: None };
        timers.learn(coming);
        timers
    }

    /// The store has been asked. What this engine has seen of a process itself is not older, unless somebody else has made a step
    /// of it: what fires sooner is looked at sooner, and is nothing if it was older.
    fn learn(&mut self, coming: Coming) {
        self.others = coming.others;
        for (process, due) in coming.first {
            if self.known.get(&process).is_none_or(|known| due < *known) {
                self.set(&process, Some(due));
            }
        }
    }

    /// The first timer of this process fires then; or it has none.
    pub(super) fn set(&mut self, process: &StreamName, due: Option<Timestamp>) {
        let before = match due {
            Some(due) => self.known.insert(process.clone(), due),
            None => self.known.remove(process),
        };
        if let Some(before) = before {
            self.in_order.remove(&(before, process.clone()));
        }
        self.in_order.extend(due.map(|due| (due, process.clone())));
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let known = self.in_order.first().map(|(due, _)| *due);
        known.map_or(self.others, |known| Some(self.others.map_or(known, |others| others.min(known))))
    }
}

impl Engine {
    /// Learns of timers that other engines have started, if the store has not been asked for that long.
    pub(in crate::engine) async fn learn_timers(&self, pause: SignedDuration) -> Result<(), Error> {
        let now = self.now();
        let categories: Vec<String> = self.process_types().map(|(_, types)| types.category.clone()).collect();
        let asked = self.0.processes.timers.lock().asked;
        if categories.is_empty() || asked.is_some_and(|asked| asked.saturating_add(pause).is_ok_and(|next| now < next)) {
            return Ok(());
        }
        let coming = coming(&*self.0.store, &categories, None).await?;
        let mut timers = self.0.processes.timers.lock();
        timers.learn(coming);
        timers.asked = Some(now);
        Ok(())
    }

    /// Fires what was due at this time, in the order of when it was due; whether anything was.
    pub(in crate::engine) async fn fire_timers(&self, at: Timestamp) -> Result<bool, Error> {
        if self.0.processes.next_due().is_none_or(|due| due > at) {
            return Ok(false);
        }
        self.fire_due(at).await
    }

    async fn fire_due(&self, now: Timestamp) -> Result<bool, Error> {
        let categories: Vec<String> = self.process_types().map(|(_, types)| types.category.clone()).collect();
        let mut any = false;
        loop {
            let due = in_order_of_time(&*self.0.store, &categories).filter(ProcessSummary::DUE_AT.le(now));
            let page = due.page(1, PAGE).await?;
            // What is due behind this page is read when all before it has fired.
            let last = page.rows.last().and_then(|row| row.due_at).filter(|_| page.has_next()).unwrap_or(now);
            let processes = page.rows.iter().filter_map(|row| Some((row.due_at?, StreamName::new(&row.process, &row.key))));
            let mut due: BTreeSet<(Timestamp, StreamName)> = processes.collect();
            let mut some = false;
            while let Some((_, stream)) = due.pop_first() {
                if self.fire_one(&stream, now).await? {
                    some = true;
                    // It may have another one, which stands behind those of others.
                    let next = self.remembered(&stream).and_then(|known| known.transition.next_due());
                    due.extend(next.filter(|next| *next <= last).map(|next| (next, stream)));
                }
            }
            if !some {
                break;
            }
            any = true;
        }
        let coming = coming(&*self.0.store, &categories, Some(now)).await?;
        let mut timers = self.0.processes.timers.lock();
        timers.learn(coming);
        // What was due and is not in the read model will be found when that has caught up.
        while let Some((due, stream)) = timers.in_order.first().filter(|(due, _)| *due <= now).cloned() {
            timers.set(&stream, None);
            tracing::debug!(process = %stream, %due, "a timer that seemed to be due was not found among the processes");
        }
        Ok(any)
    }

    /// Fires the timer of a process that is due first; false when none is, whatever the read model says.
    pub(in crate::engine) async fn fire_one(&self, stream: &StreamName, now: Timestamp) -> Result<bool, Error> {
        let of_category = |(_, types): &(usize, &ProcessTypes)| types.category == stream.category();
        let Some((consumer, types)) = self.process_types().find(of_category) else {
            return Ok(false);
        };
        loop {
            let Some(known) = self.known(stream).await? else {
                return Ok(false);
            };
            let last = &known.transition;
            let due = last.timers.iter().filter(|(_, due)| **due <= now).min_by_key(|(name, due)| (**due, (*name).clone()));
            let Some((name, due)) = due else {
                // Somebody else may have made a step since this engine last looked.
                match self.known_now(stream).await? {
                    Some(fresh) if fresh.position != known.position => continue,
                    _ => return Ok(false),
                }
            };
            let step = types.row.timeouts.iter().find(|step| step.timer == *name);
            let stepped = match step {
                Some(step) => call(step.name, || (step.call)(&last.state.0)),
                None => {
                    Err(Error::failed(format!("timer `{name}` of `{}`", types.row.name), "no `#[on_timeout]` method handles it"))
                }
            };
            let id = known.id.derived(&format!("timer/{name}"), 0);
            let fired = Cause::Timer { name: name.clone(), due: *due };
            let next = Next { row: types.row, last: Some(last), id, now, at: None };
            let next = match stepped {
                Ok(stepped) => next.stepped(step.map_or("timer", |step| step.name), fired, stepped, false),
                // There is no message to be parked: the process says it.
                Err(error) => {
                    tracing::warn!(process = %stream, timer = &**name, error = %error.without_payload(), "a timer's step failed");
                    next.timer_failed(fired, name.clone(), &error)
                }
            };
            let (cause, origin) = (known.id, &known.origin);
            let steps = Steps { types, stream, known: Some(&known), cause, origin, steps: vec![(id, next)] };
            let is_undoing = steps.steps.iter().any(|(_, next)| next.status == ProcessStatus::Undoing);
            if self.store_steps(steps, |_| {}).await? {
                if is_undoing {
                    // A command that failed too often waits for a person: now it is tried once more, and given up. In memory: after a
                    // crash, the person is needed.
                    self.0.delivery.lock().wake_parked(consumer, stream, self.now());
                }
                return Ok(true);
            }
        }
    }

    /// The process managers of the domain, each with its place among the consumers.
    pub(in crate::engine) fn process_types(&self) -> impl Iterator<Item = (usize, &ProcessTypes)> {
        self.0.catalog.subscriptions.iter().enumerate().filter_map(|(place, subscription)| match &subscription.consumer {
            Consumer::Process(types) => Some((place, &**types)),
            Consumer::Projector(_) | Consumer::EventHandler(_) => None,
        })
    }
}

/// The timers that fire next, as the store has them: of so many processes, and from when on those of others may.
pub(in crate::engine) struct Coming {
    first: Vec<(StreamName, Timestamp)>,
    others: Option<Timestamp>,
}

impl Coming {
    pub(super) const NONE: Self = Coming { first: Vec::new(), others: None };
}

/// The timers that processes of these categories have after a time, or at all.
pub(super) async fn coming(store: &dyn Store, categories: &[String], after: Option<Timestamp>) -> Result<Coming, Error> {
    let coming = match after {
        Some(after) => ProcessSummary::DUE_AT.gt(after),
        None => !ProcessSummary::DUE_AT.is_null(),
    };
    let rows = in_order_of_time(store, categories).filter(coming).page(1, AHEAD).await?;
    let first = rows.rows.iter().filter_map(|row| Some((StreamName::new(&row.process, &row.key), row.due_at?)));
    let others = if rows.has_next() { rows.rows.last().and_then(|row| row.due_at) } else { None };
    Ok(Coming { first: first.collect(), others })
}

/// Another domain on the same store sees to its own processes.
fn in_order_of_time<'a>(store: &'a dyn Store, categories: &[String]) -> Query<'a, ProcessSummary> {
    let own = ProcessSummary::PROCESS.is_in(categories.iter().map(String::as_str));
    Query::new(store).filter(own).order_by(ProcessSummary::DUE_AT.ascending())
}
