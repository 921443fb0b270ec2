//! The staged table of a rebuild: rows are folded in memory and written in large pieces.

use std::sync::Arc;

use super::super::{Engine, fold::Rows, parking::no_origin};
use crate::{
    Error, Reader, Recorded, Records,
    domain::Subscription,
    store::{CheckpointMove, Commit, PageLimit, RowChange, TableChange},
};

/// What is read at once; the next page is read while this one is folded.
const PAGE: PageLimit = PageLimit { records: 10_000, bytes: 8 << 20 };

/// Rows are written when the messages folded into them since have this many bytes.
const BYTES: usize = 64 << 20;

/// Rows are written, and kept in memory no more, when there are this many.
const ROWS: usize = 100_000;

/// One commit writes at most this many: those of others go in between.
const ROWS_PER_COMMIT: usize = 10_000;

/// A staged table being filled.
///
/// A checkpoint of its own counts how often it was begun. Every commit here says which of these it belongs to, so that of two who
/// rebuild at once the later one goes on, and the other gets the conflict.
pub(super) struct Staged<'a> {
    engine: &'a Engine,
    subscription: &'a Subscription,
    generation: CheckpointMove,
    rows: Rows,
    /// How many bytes of payload were folded since rows were written last.
    bytes: usize,
    position: u64,
    folded: u64,
}

impl<'a> Staged<'a> {
    /// Empties the table and makes it ours.
    pub(super) async fn begin(engine: &'a Engine, subscription: &'a Subscription) -> Result<Self, Error> {
        let name: Arc<str> = format!("{}/staged", subscription.name).into();
        let before = engine.0.store.checkpoint(&name).await?;
        let mut commit = Commit::new(engine.now(), no_origin());
        commit.tables.push(TableChange::Stage(subscription.table()));
        commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(&name), from: before, to: before + 1 });
        engine.0.store.commit(commit).await?;
        let mut rows = Rows::new(subscription.table(), true);
        // The table is empty: what is not in memory is nowhere, until the memory is full.
        rows.complete = true;
        let generation = CheckpointMove { subscription: name, from: before + 1, to: before + 1 };
        Ok(Staged { engine, subscription, generation, rows, bytes: 0, position: 0, folded: 0 })
    }

    /// Folds all there is, up to now, and writes it.
    pub(super) async fn fold_all(&mut self) -> Result<(), Error> {
        let interest = Records::Interest(Arc::new(self.subscription.interest.clone()));
        let mut reader = Reader::new(Arc::clone(&self.engine.0.store), interest).from(1).pages(PAGE);
        while let Some(page) = reader.next_page().await? {
            self.fold(&page).await?;
            if self.bytes >= BYTES || self.rows.len() >= ROWS {
                self.store().await?;
            }
            tracing::debug!(
                subscription = &*self.subscription.name,
                position = self.position,
                folded = self.folded,
                "rebuilding"
            );
        }
        self.store().await
    }

    /// Folds some records, in memory.
    pub(super) async fn fold(&mut self, records: &[Arc<Recorded>]) -> Result<(), Error> {
        let Some(last) = records.last() else { return Ok(()) };
        if let Err(error) = self.engine.fold_staged(self.subscription, records, &mut self.rows).await {
            // Somebody else may have emptied the table that rows were read from here.
            self.still_ours().await?;
            return Err(error);
        }
        self.position = last.metadata.global_position;
        self.folded += records.len() as u64;
        self.bytes += records.iter().map(|record| record.payload.len()).sum::<usize>();
        Ok(())
    }

    /// Writes what was folded, piece by piece. When there are too many rows to be kept in memory, they are dropped, and read again
    /// when they are needed.
    pub(super) async fn store(&mut self) -> Result<(), Error> {
        for from in (0..self.rows.len()).step_by(ROWS_PER_COMMIT) {
            let mut commit = Commit::new(self.engine.now(), no_origin());
            commit.rows = self.rows.changes(&self.subscription.name, from, ROWS_PER_COMMIT)?;
            if commit.rows.is_empty() {
                continue;
            }
            commit.checkpoints.push(self.generation.clone());
            self.engine.0.store.commit(commit).await?;
        }
        self.bytes = 0;
        match self.rows.len() < ROWS {
            true => self.rows.settle(),
            false => self.rows = Rows::new(self.subscription.table(), true),
        }
        tracing::info!(subscription = &*self.subscription.name, position = self.position, folded = self.folded, "rebuilding");
        Ok(())
    }

    /// What is folded and not written yet.
    pub(super) fn changes(&self) -> Result<Vec<RowChange>, Error> {
        self.rows.changes(&self.subscription.name, 0, usize::MAX)
    }

    /// What every commit into the staged table holds: it is refused when somebody else has begun since.
    pub(super) fn ours(&self) -> CheckpointMove {
        self.generation.clone()
    }

    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when somebody else has begun to rebuild since.
    pub(super) async fn still_ours(&mut self) -> Result<(), Error> {
        self.generation.check(self.engine.0.store.checkpoint(&self.generation.subscription).await?)
    }

    /// Everything up to this position is folded.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn folded(&self) -> u64 {
        self.folded
    }
}
