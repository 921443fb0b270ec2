//! Making a read model again from the log, while people read the old one and others write.

mod staged;

use std::{future::poll_fn, task::Poll};

use self::staged::Staged;
use super::{
    Engine,
    parking::{ParkedMessages, no_origin, parking_move},
};
use crate::{
    Error, ErrorKind, Projection,
    domain::{Consumer, Subscription},
    process::{PROJECTOR, ProcessSummary},
    projection::Table,
    store::{CheckpointMove, Commit, PageLimit, ParkedChange, ReadFrom, RowChange, TableChange},
};

/// The last page is folded and promoted in one commit, if it has no more records than this.
const LAST: PageLimit = PageLimit { records: 1_000, bytes: 4 << 20 };

/// How often the promotion is tried on the condition that nobody has moved the checkpoint meanwhile.
const EXACT_ATTEMPTS: usize = 8;

/// How often it is tried in all. What parked messages change is compared every time; nobody parks that often.
const ATTEMPTS: usize = 64;

impl Engine {
    /// Makes the read model `P` again from the log: into a staged table, put in the place of the old one in one commit with the
    /// checkpoint. Readers see the old one until then, whole, and the new one from then on. Gives the number of messages folded.
    ///
    /// It ends however much is written meanwhile. When others keep moving the checkpoint while the last messages are folded, the
    /// new one takes its place without those that came in that instant, a handful, and follows them at once: until then, for some
    /// milliseconds, it may be behind what the old one showed.
    ///
    /// Domains that share a store share [`ProcessSummary`]: a rebuild makes the rows of this domain's processes and leaves those of
    /// others as they are.
    ///
    /// # Errors
    /// [`Failed`](crate::ErrorKind::Failed) when the projector cannot handle a message: the old read model stays as it is.
    /// [`Conflict`](crate::ErrorKind::Conflict) when somebody else has begun to rebuild it since: his is the one that counts.
    /// [`Invalid`](crate::ErrorKind::Invalid) when nothing in this domain writes `P`.
    pub async fn rebuild<P: Projection>(&self) -> Result<u64, Error> {
        let Some(consumer) = self.writer_of(|table| *table == *P::TABLE) else {
            let domain = self.0.catalog.domain;
            return Err(Error::invalid(format!("nothing in domain `{domain}` writes read model `{}`", P::TABLE.name)));
        };
        self.rebuild_by(consumer).await
    }

    /// The same for a read model by the name of its table, such as `account_summary`: for those who are told the name when the program
    /// runs.
    ///
    /// # Errors
    /// As [`rebuild`](Engine::rebuild); the names there are, when there is none of this name.
    pub async fn rebuild_named(&self, table: &str) -> Result<u64, Error> {
        let Some(consumer) = self.writer_of(|known| known.name == table) else {
            let domain = self.0.catalog.domain;
            let subscriptions = self.0.catalog.subscriptions.iter();
            let known: Vec<_> = subscriptions.filter_map(|known| Some(written(known)?.name)).collect();
            let known = known.join("`, `");
            return Err(Error::invalid(format!("domain `{domain}` has no read model `{table}`; it has `{known}`")));
        };
        self.rebuild_by(consumer).await
    }

    /// The place of the consumer that writes a table.
    fn writer_of(&self, is_it: impl Fn(&Table) -> bool) -> Option<usize> {
        self.0.catalog.subscriptions.iter().position(|subscription| written(subscription).is_some_and(&is_it))
    }

    async fn rebuild_by(&self, consumer: usize) -> Result<u64, Error> {
        let subscriptions = &self.0.catalog.subscriptions;
        // The consumer stands still meanwhile: what it would write is part of what is folded here.
        let reserved = self.reserve(consumer).await;
        let subscription = &subscriptions[consumer];
        let mut staged = Staged::begin(self, subscription).await?;
        staged.fold_all().await?;
        let parked = self.promote(subscription, &mut staged).await?;
        self.0.delivery.lock().overtaken(consumer, staged.position(), parked);
        drop(reserved);
        self.settle().await?;
        Ok(staged.folded())
    }

    /// Folds what came last and puts the staged table in the place of the live one, in one commit. Gives what is parked then:
    /// nothing.
    async fn promote(&self, subscription: &Subscription, staged: &mut Staged<'_>) -> Result<ParkedMessages, Error> {
        let mut attempt = 0;
        loop {
            // Before the page: what is committed after it moves this checkpoint.
            let checkpoint = self.0.store.checkpoint(&subscription.name).await?;
            let from = ReadFrom::Interest { interest: &subscription.interest, position: staged.position() + 1 };
            let page = self.0.store.read(from, LAST).await?;
            staged.fold(&page).await?;
            if !page.is_empty() && (page.len() == LAST.records || staged.position() < checkpoint) {
                staged.store().await?;
                continue;
            }
            let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
            let mut commit = Commit::new(self.now(), no_origin());
            commit.rows = staged.changes()?;
            commit.tables.push(TableChange::Promote(subscription.table()));
            let name = || std::sync::Arc::clone(&subscription.name);
            let from = if attempt < EXACT_ATTEMPTS { checkpoint } else { CheckpointMove::ANYWHERE };
            let moved = CheckpointMove { subscription: name(), from, to: staged.position() };
            commit.checkpoints.extend([moved, staged.ours(), parking_move(subscription, parked.revision())]);
            if *subscription.table() == *ProcessSummary::TABLE {
                self.keep_others(subscription, &mut commit).await?;
            }
            // What was parked is part of what was folded.
            commit.parked = parked.positions().map(|position| ParkedChange::Remove { subscription: name(), position }).collect();
            attempt += 1;
            match self.0.store.commit(commit).await {
                Ok(_) => return Ok(ParkedMessages::new(parked.revision() + 1, Vec::new())),
                Err(error) if error.kind() != ErrorKind::Conflict || attempt == ATTEMPTS => return Err(error),
                Err(_) => staged.still_ours().await?,
            }
        }
    }

    /// Adds the rows that other domains on this store have in the table of all processes: they stay as they are. That nobody has written
    /// them meanwhile, their checkpoints say.
    async fn keep_others(&self, subscription: &Subscription, commit: &mut Commit) -> Result<(), Error> {
        let is_other = |name: &str| {
            let name = name.strip_suffix("/parked").unwrap_or(name);
            name.rsplit_once('.').is_some_and(|(_, projector)| projector == PROJECTOR.projector.name)
                && *name != *subscription.name
        };
        // Before the rows.
        for (name, position) in self.0.store.checkpoints().await? {
            if is_other(&name) {
                commit.checkpoints.push(CheckpointMove { subscription: name, from: position, to: position });
            }
        }
        let domain = format!("{}::", self.0.catalog.domain);
        let rows = self.query::<ProcessSummary>().all().await?;
        let others = rows.into_iter().filter(|row| !row.process.starts_with(&domain));
        let put = |row: ProcessSummary| RowChange::Put { table: ProcessSummary::TABLE, row: row.into_row(), staged: true };
        commit.rows.extend(others.map(put));
        Ok(())
    }

    /// Waits until a consumer is free, and keeps it from being given work.
    async fn reserve(&self, consumer: usize) -> Reserved<'_> {
        poll_fn(|context| {
            let mut delivery = self.0.delivery.lock();
            if delivery.reserve(consumer) {
                return Poll::Ready(());
            }
            delivery.wait(context.waker());
            Poll::Pending
        })
        .await;
        Reserved { engine: self, consumer }
    }
}

/// A consumer that is kept from work; given back when this is dropped, and reading on from its checkpoint.
struct Reserved<'a> {
    engine: &'a Engine,
    consumer: usize,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.engine.0.delivery.lock().abandoned(self.consumer);
    }
}

/// The table that a subscription writes, if it writes one.
fn written(subscription: &Subscription) -> Option<&'static Table> {
    match &subscription.consumer {
        Consumer::Projector(row) => Some(row.table),
        _ => None,
    }
}
