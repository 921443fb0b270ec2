//! What goes into a store at once.

use std::{mem, sync::Arc};

use uuid::Uuid;

use super::{UNFINISHED, import::of_subscription};
use crate::{
    Error, ErrorKind, MessageId, Origin, Recorded, Store, Timestamp,
    store::{CheckpointMove, Commit, PageLimit, Parked, ParkedChange, Restored, Settlement},
};

/// Records and settlements that wait for their commit.
pub(super) struct Batch<'a> {
    store: &'a dyn Store,
    limit: PageLimit,
    restored: Restored,
    bytes: usize,
    /// The numbers of the first and the last line that wait.
    lines: (u64, u64),
    /// Where the mark of an unfinished import is.
    mark: u64,
    /// Where it is while this import runs.
    running: u64,
}

impl<'a> Batch<'a> {
    pub(super) async fn new(store: &'a dyn Store, limit: PageLimit, head: u64) -> Result<Self, Error> {
        let mark = store.checkpoint(UNFINISHED).await?;
        Ok(Batch { store, limit, restored: Restored::default(), bytes: 0, lines: (0, 0), mark, running: head.max(1) })
    }

    /// Whether an import was begun before and did not end.
    pub(super) fn is_unfinished(&self) -> bool {
        self.mark != 0
    }

    pub(super) async fn record(&mut self, record: Recorded, line: u64) -> Result<(), Error> {
        let bytes = record.payload.len();
        if !self.restored.records.is_empty() && self.bytes + bytes > self.limit.bytes {
            self.commit().await?;
        }
        self.bytes += bytes;
        self.add(line);
        self.restored.records.push(Arc::new(record));
        if self.restored.records.len() >= self.limit.records {
            self.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn settlement(&mut self, settlement: Settlement, line: u64) -> Result<(), Error> {
        // A settlement names a position: what stands there comes first.
        if !self.restored.records.is_empty() {
            self.commit().await?;
        }
        self.add(line);
        self.restored.settlements.push(settlement);
        if self.restored.settlements.len() >= self.limit.records {
            self.commit().await?;
        }
        Ok(())
    }

    fn add(&mut self, line: u64) {
        let waits = !self.restored.records.is_empty() || !self.restored.settlements.is_empty();
        self.lines = (if waits { self.lines.0 } else { line }, line);
    }

    /// Stores what waits, with the mark.
    async fn commit(&mut self) -> Result<(), Error> {
        let restored = mem::take(&mut self.restored);
        self.bytes = 0;
        let mut commit = Commit::new(Timestamp::UNIX_EPOCH, nobody());
        commit.restored = Some(Box::new(restored));
        if self.mark != self.running {
            commit.checkpoints.push(mark(self.mark, self.running));
        }
        match self.store.commit(commit).await {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Invalid => {
                let (first, last) = self.lines;
                return Err(Error::invalid(format!(
                    "lines {first} to {last} of the file: {error}; nothing of these lines was taken over: mend the file or export the \
                     log again"
                )));
            }
            Err(error) => return Err(error),
        }
        self.mark = self.running;
        Ok(())
    }

    /// Stores what waits, then how far consumers are and what they have parked, and takes the mark off. Gives how many checkpoints
    /// moved and how many messages are parked.
    ///
    /// A consumer that is further here than there stays where it is.
    pub(super) async fn finish(mut self, checkpoints: Vec<(Arc<str>, u64)>, parked: Vec<Parked>) -> Result<(u64, u64), Error> {
        if self.restored != Restored::default() {
            self.commit().await?;
        }
        let mut commit = Commit::new(Timestamp::UNIX_EPOCH, nobody());
        for (subscription, to) in checkpoints {
            let from = self.store.checkpoint(&subscription).await?;
            if from >= to {
                continue;
            }
            for known in self.store.parked(&subscription).await? {
                if !of_subscription(&parked, &subscription).any(|message| message.position == known.position) {
                    let subscription = Arc::clone(&subscription);
                    commit.parked.push(ParkedChange::Remove { subscription, position: known.position });
                }
            }
            commit.parked.extend(of_subscription(&parked, &subscription).cloned().map(ParkedChange::Put));
            commit.checkpoints.push(CheckpointMove { subscription, from, to });
        }
        let moved = commit.checkpoints.len() as u64;
        let set_aside = commit.parked.iter().filter(|change| matches!(change, ParkedChange::Put(_))).count() as u64;
        if self.mark != 0 {
            commit.checkpoints.push(mark(self.mark, 0));
        }
        if !commit.is_empty() {
            self.store.commit(commit).await?;
        }
        Ok((moved, set_aside))
    }
}

fn mark(from: u64, to: u64) -> CheckpointMove {
    CheckpointMove { subscription: UNFINISHED.into(), from, to }
}

/// For commits that append nothing of their own.
pub(crate) fn nobody() -> Origin {
    Origin { correlation_id: MessageId::from_uuid(Uuid::nil()), causation_id: None, process: None, priority: 0, extensions: None }
}
