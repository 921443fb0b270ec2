//! Making a read model again from the log, while people read the old one.

use std::{future::poll_fn, sync::Arc, task::Poll};

use super::{
    Engine,
    parking::{ParkedMessages, no_origin, parking_move},
};
use crate::{
    Error, ErrorKind, Projection,
    domain::Consumer,
    store::{CheckpointMove, Commit, PageLimit, ParkedChange, ReadFrom, TableChange},
};

impl Engine {
    /// Makes the read model `P` again from the log: into a staged table, put in the place of the old one in one commit with the
    /// checkpoint. Readers see the old one until then, whole, and the new one from then on. Gives the number of messages folded.
    ///
    /// # Errors
    /// [`Failed`](crate::ErrorKind::Failed) when the projector cannot handle a message: the old read model stays as it is.
    /// [`Invalid`](crate::ErrorKind::Invalid) when nothing in this domain writes `P`.
    pub async fn rebuild<P: Projection>(&self) -> Result<u64, Error> {
        let writes = |consumer: &Consumer| matches!(consumer, Consumer::Projector(row) if *row.table == *P::TABLE);
        let subscriptions = &self.0.catalog.subscriptions;
        let Some(consumer) = subscriptions.iter().position(|subscription| writes(&subscription.consumer)) else {
            let domain = self.0.catalog.domain;
            return Err(Error::invalid(format!("nothing in domain `{domain}` writes read model `{}`", P::TABLE.name)));
        };
        // The consumer stands still meanwhile: what it would write is part of what is folded here.
        let reserved = self.reserve(consumer).await;
        let subscription = &subscriptions[consumer];
        // The staged table is the fold of everything up to this checkpoint of its own. Somebody else who rebuilds moves it, too:
        // one of the two goes on, the other gets the conflict.
        let staged: Arc<str> = format!("{}/staged", subscription.name).into();
        let staged_to = |from, to| CheckpointMove { subscription: Arc::clone(&staged), from, to };
        let mut commit = Commit::new(self.now(), no_origin());
        commit.tables.push(TableChange::Stage(P::TABLE));
        commit.checkpoints.push(staged_to(self.0.store.checkpoint(&staged).await?, 0));
        self.0.store.commit(commit).await?;

        let (mut position, mut folded) = (0, 0);
        loop {
            // Before the page: what is committed after it moves this checkpoint, and the promotion is refused.
            let checkpoint = self.0.store.checkpoint(&subscription.name).await?;
            let from = ReadFrom::Interest { interest: &subscription.interest, position: position + 1 };
            let page = self.0.store.read(from, PageLimit { records: 50_000, bytes: 64 << 20 }).await?;
            if let Some(last) = page.last() {
                let mut commit = Commit::new(self.now(), no_origin());
                commit.rows = match self.fold_staged(subscription, &page).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        let at = self.0.store.checkpoint(&staged).await?;
                        // Somebody else may have emptied the table that was read here.
                        return Err(if at == position { error } else { Error::checkpoint_conflict(&staged, position, at) });
                    }
                };
                commit.checkpoints.push(staged_to(position, last.metadata.global_position));
                self.0.store.commit(commit).await?;
                folded += page.len() as u64;
                position = last.metadata.global_position;
                tracing::info!(subscription = &*subscription.name, position, folded, "rebuilding");
                continue;
            }
            let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
            let mut commit = Commit::new(self.now(), no_origin());
            commit.tables.push(TableChange::Promote(P::TABLE));
            let name = || Arc::clone(&subscription.name);
            let moved = CheckpointMove { subscription: name(), from: checkpoint, to: position };
            commit.checkpoints.extend([moved, staged_to(position, 0), parking_move(subscription, parked.revision())]);
            // What was parked is part of what was folded.
            commit.parked = parked.positions().map(|position| ParkedChange::Remove { subscription: name(), position }).collect();
            match self.0.store.commit(commit).await {
                Err(error) if error.kind() == ErrorKind::Conflict && self.0.store.checkpoint(&staged).await? == position => {}
                Err(error) => return Err(error),
                Ok(_) => {
                    let parked = ParkedMessages::new(parked.revision() + 1, Vec::new());
                    self.0.delivery.lock().overtaken(consumer, position, parked);
                    break;
                }
            }
        }
        drop(reserved);
        self.settle().await?;
        Ok(folded)
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
