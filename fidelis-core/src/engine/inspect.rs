//! What the test language asks of an engine beyond what everybody may.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Engine,
    append::{Identities, Streams, append},
};
use crate::{
    Aggregate, BoxFuture, Error, Id, MessageId, Origin, Projection, StreamName,
    domain::Consumer,
    registry::AggregateRow,
    store::{CheckpointMove, Commit},
};

/// An aggregate as it is kept ready and as the log gives it, which is not the same.
pub(crate) struct Disagreement {
    pub(crate) ready: (serde_json::Value, String),
    pub(crate) replayed: (serde_json::Value, String),
}

/// Compares what is kept ready of the aggregate with this identity with what the log gives.
pub(crate) type FindDisagreement = for<'a> fn(&'a Engine, Uuid) -> BoxFuture<'a, Result<Option<Disagreement>, Error>>;

/// What rows of aggregates point to.
pub(crate) fn disagreement<A: Aggregate>(engine: &Engine, id: Uuid) -> BoxFuture<'_, Result<Option<Disagreement>, Error>> {
    Box::pin(async move {
        let id: Id<A> = Id::from_uuid(id);
        let (ready, replayed) = (engine.load(id).await?, engine.replay(id).await?);
        if ready == replayed {
            return Ok(None);
        }
        let shown = |state: &A| (serde_json::to_value(state).unwrap_or_default(), format!("{state:?}"));
        Ok(Some(Disagreement { ready: shown(&ready), replayed: shown(&replayed) }))
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
