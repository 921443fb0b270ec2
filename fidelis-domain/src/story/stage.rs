//! Where the story is played: on which log, by what clock, with what chance.

use std::sync::Arc;

use fidelis::{
    Clock, CountingRandomness, Error, ManualClock, Randomness, Store, SystemClock, SystemRandomness, Timestamp, Uuid,
    store::{Direction, PageLimit, ReadFrom},
};

/// What all chapters share. The clock stands still but for what the story lets pass, so that nobody waits for anything.
pub(crate) struct Stage {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) chance: Chance,
}

impl Stage {
    /// On an empty log that goes away with the program. The clock begins where it always does and identities are counted: the story is
    /// the same each time it is told.
    pub(crate) fn passing(store: Arc<dyn Store>) -> Self {
        Stage { store, clock: Arc::default(), chance: Chance::Counted(Arc::default()) }
    }

    /// On a log that stays, and that may hold the story already: the clock begins now, or at the last of the log when the story
    /// that was told there went on until later, and identities are new.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) async fn lasting(store: Arc<dyn Store>) -> Result<Self, Error> {
        let from = ReadFrom::All { position: store.head().await?, direction: Direction::Backwards };
        let last = store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?;
        let now = SystemClock.now();
        let begin = last.first().map_or(now, |record| record.metadata.time.max(now));
        Ok(Stage { store, clock: Arc::new(ManualClock::at(begin)), chance: Chance::System(SystemRandomness) })
    }
}

/// Where identities come from. Clones go on where the others are.
#[derive(Clone, Debug)]
pub(super) enum Chance {
    /// The same each time.
    Counted(Arc<CountingRandomness>),
    /// New each time.
    System(SystemRandomness),
}

impl Randomness for Chance {
    fn uuid(&self, now: Timestamp) -> Uuid {
        match self {
            Chance::Counted(counted) => counted.uuid(now),
            Chance::System(system) => system.uuid(now),
        }
    }

    fn fraction(&self) -> f64 {
        match self {
            Chance::Counted(counted) => counted.fraction(),
            Chance::System(system) => system.fraction(),
        }
    }
}
