//! Readers that follow the log and remember what they were shown.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use fidelis_core::{
    Error, MessageId, Recorded, Store, block_on,
    store::{Direction, PageLimit, ReadFrom},
};

use crate::{
    Place,
    workload::{ACCOUNTS, interest},
};

/// How a reader goes about it.
#[derive(Clone, Copy, Debug)]
pub enum Habit {
    /// Asks again and again.
    Polls,
    /// Waits until there is more.
    Waits,
    /// Is started anew after every few records, with the position it had.
    Restarts,
    /// Asks again and again, for records of a type.
    AsksForAType,
    /// Asks again and again, for records of a category.
    AsksForACategory,
}

/// What a reader was shown, in the order it was shown.
#[derive(Debug, Default)]
pub struct Seen {
    /// Positions and identities.
    pub records: Vec<(u64, MessageId)>,
    /// Reads that failed; the reader then opens the store anew.
    pub failures: usize,
    /// How often it began anew.
    pub restarts: usize,
}

/// What readers and those who watch them share.
#[derive(Debug, Default)]
pub struct Watch {
    /// The position readers end at, when it is known; 0 before.
    pub end: AtomicU64,
    /// How many records all of them together were shown.
    pub shown: AtomicU64,
}

/// Reads up to the end.
pub fn follow(place: &Place, habit: Habit, watch: &Watch) -> Seen {
    let mut seen = Seen::default();
    loop {
        match block_on(read_along(place, habit, watch, &mut seen)) {
            Ok(true) => return seen,
            Ok(false) => seen.restarts += 1,
            Err(_) => {
                seen.failures += 1;
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// `true` at the end, `false` to begin anew.
async fn read_along(place: &Place, habit: Habit, watch: &Watch, seen: &mut Seen) -> Result<bool, Error> {
    let store = place.open().await?;
    let begin = seen.records.len();
    loop {
        let last = seen.records.last().map_or(0, |(position, _)| *position);
        let page = page(&*store, habit, last + 1).await?;
        watch.shown.fetch_add(page.len() as u64, Ordering::Relaxed);
        seen.records.extend(page.iter().map(|record| (record.metadata.global_position, record.metadata.id)));
        let end = watch.end.load(Ordering::Acquire);
        if end > 0 && seen.records.last().is_some_and(|(position, _)| *position >= end) {
            return Ok(true);
        }
        match habit {
            Habit::Restarts if seen.records.len() > begin + 100 => return Ok(false),
            Habit::Waits if page.is_empty() => drop(store.wait(last).await?),
            _ if page.is_empty() => thread::sleep(Duration::from_millis(1)),
            _ => {}
        }
    }
}

/// There is one type and one category, so that all ways of asking must show the same.
async fn page(store: &dyn Store, habit: Habit, position: u64) -> Result<Vec<Arc<Recorded>>, Error> {
    let direction = Direction::Forwards;
    let from = match habit {
        Habit::AsksForAType => ReadFrom::Interest { interest: interest(), position },
        Habit::AsksForACategory => ReadFrom::Category { name: ACCOUNTS, position, direction },
        Habit::Polls | Habit::Waits | Habit::Restarts => ReadFrom::All { position, direction },
    };
    store.read(from, PageLimit { records: 40, bytes: 1 << 20 }).await
}
