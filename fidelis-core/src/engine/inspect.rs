//! What the test language asks of an engine beyond what everybody may.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Engine,
    append::{Identities, Streams, append},
    replay,
};
use crate::{
    Aggregate, BoxFuture, Error, Id, MessageId, Origin, Projection, StreamName,
    domain::Consumer,
    registry::AggregateRow,
    store::{CheckpointMove, Commit},
};

/// An aggregate as it is had in some way and as its events give it, which is not the same.
pub(crate) struct Disagreement {
    /// In which way: kept ready, or by a snapshot.
    pub(crate) way: Way,
    pub(crate) had: (serde_json::Value, String),
    pub(crate) replayed: (serde_json::Value, String),
}

/// A way to have an aggregate without replaying all its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It was kept ready in memory.
    Ready,
    /// By a snapshot of its first so many events, and the events after them.
    Snapshot(u64),
}

/// Compares what is kept ready of the aggregate with this identity, and what snapshots of it lead to, with what its events give.
pub(crate) type FindDisagreement = for<'a> fn(&'a Engine, Uuid) -> BoxFuture<'a, Result<Option<Disagreement>, Error>>;

/// What rows of aggregates point to.
pub(crate) fn disagreement<A: Aggregate>(engine: &Engine, id: Uuid) -> BoxFuture<'_, Result<Option<Disagreement>, Error>> {
    Box::pin(async move {
        let id: Id<A> = Id::from_uuid(id);
        let (ready, replayed) = (engine.load(id).await?, engine.replay(id).await?);
        let shown = |state: &A| (serde_json::to_value(state).unwrap_or_default(), format!("{state:?}"));
        let found = |way, had: &A| Ok(Some(Disagreement { way, had: shown(had), replayed: shown(&replayed) }));
        if ready != replayed {
            return found(Way::Ready, &ready);
        }
        for (events, had) in replay::by_snapshots(&*engine.0.store, engine.shelf::<A>()?.types(), id).await? {
            if had != replayed {
                return found(Way::Snapshot(events), &had);
            }
        }
        Ok(None)
    })
}

impl Engine {
    /// Stores the pending events of an aggregate as a save stores them, without a command and without asking its rules. Whoever
    /// wants the aggregate next has it from the log.
    pub(crate) async fn store_past<A: Aggregate>(
        &self,
        aggregate: &A,
        cause: MessageId,
        process: Option<StreamName>,
    ) -> Result<(), Error> {
        let shelf = self.shelf::<A>()?;
        let origin = Origin { correlation_id: cause, causation_id: Some(cause), process, priority: 0, extensions: None };
        let mut commit = Commit::new(self.now(), origin);
        let streams = Streams::of::<A>(shelf.types(), aggregate.id());
        append(self, &mut commit, &mut Identities::caused_by(cause), shelf.types(), &streams, aggregate)?;
        self.commit(commit).await?;
        shelf.forget(aggregate.id());
        Ok(())
    }

    /// Lets a consumer forget how far it is: whatever it handled comes to it once more, on the next engine.
    pub(crate) async fn forget_checkpoint(&self, subscription: &Arc<str>) -> Result<(), Error> {
        let from = self.0.store.checkpoint(subscription).await?;
        let mut commit = Commit::new(self.now(), super::parking::no_origin());
        commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(subscription), from, to: 0 });
        self.0.store.commit(commit).await.map(drop)
    }

    /// The aggregate whose events stand in streams of this category.
    pub(crate) fn aggregate_of_category(&self, category: &str) -> Option<&AggregateRow> {
        let stream = category.strip_prefix(self.domain())?.strip_prefix("::")?;
        self.0.catalog.aggregates.iter().find(|row| row.stream == stream)
    }

    /// The consumers that write the read model `P`.
    pub(crate) fn writers_of<P: Projection>(&self) -> Vec<Arc<str>> {
        let writes = |consumer: &Consumer| matches!(consumer, Consumer::Projector(row) if *row.table == *P::TABLE);
        let subscriptions = self.0.catalog.subscriptions.iter();
        subscriptions.filter(|subscription| writes(&subscription.consumer)).map(|writer| Arc::clone(&writer.name)).collect()
    }
}
