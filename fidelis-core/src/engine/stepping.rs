//! One thing at a time: what whoever explores all that an engine can do asks of it.

use uuid::Uuid;

use super::{Engine, delivery::Delivery, unit::Unit};
use crate::{Aggregate, BoxFuture, Envelope, Error, Handled, Id, StreamName, domain::Catalog};

/// The state of the aggregate with this identity as the log gives it, as JSON.
pub(crate) type FindState = for<'a> fn(&'a Engine, Uuid) -> BoxFuture<'a, Result<serde_json::Value, Error>>;

/// What rows of aggregates point to.
pub(crate) fn state_of<A: Aggregate>(engine: &Engine, id: Uuid) -> BoxFuture<'_, Result<serde_json::Value, Error>> {
    Box::pin(async move {
        let state = engine.replay::<A>(Id::from_uuid(id)).await?;
        serde_json::to_value(&state)
            .map_err(|error| Error::failed(format!("the state of a `{}` cannot be written as JSON", A::NAME), error))
    })
}

/// What rows of aggregates point to.
pub(crate) fn clear_shelf<A: Aggregate>(engine: &Engine) {
    if let Ok(shelf) = engine.shelf::<A>() {
        shelf.clear();
    }
}

impl Engine {
    /// The tables of its domain.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Keeps nothing in memory and reads from the store where its consumers are: what a restart does, without the checks that go
    /// with one. Nothing may be under way.
    pub(crate) async fn begin_again(&self) -> Result<(), Error> {
        for row in &self.0.catalog.aggregates {
            (row.clear)(self);
        }
        self.0.processes.clear();
        let delivery = Delivery::open(&self.0.catalog, &*self.0.store).await?;
        *self.0.delivery.lock() = delivery;
        Ok(())
    }

    /// Carries out a command, and does no consumer's work.
    pub(crate) async fn execute_alone<C: Handled>(&self, command: C, envelope: Envelope) -> Result<(), Error> {
        Unit::begin(self, envelope).execute(self, command).await.map(drop)
    }

    /// Does what is next for one consumer, in the order of the log, until it has passed everything.
    pub(crate) async fn work_of(&self, consumer: usize) -> Result<(), Error> {
        loop {
            let work = self.0.delivery.lock().next_of(consumer);
            let Some(work) = work else { return Ok(()) };
            self.perform(work).await?;
        }
    }

    /// Tries again what one consumer has parked under a stream.
    pub(crate) async fn retry_of(&self, consumer: usize, stream: &StreamName) -> Result<(), Error> {
        let work = self.0.delivery.lock().retry_of(consumer, stream);
        match work {
            Some(work) => self.perform(work).await,
            None => Ok(()),
        }
    }

    /// Fires the timer of one process that is due first.
    pub(crate) async fn fire_timer_of(&self, process: &StreamName) -> Result<(), Error> {
        self.fire_one(process, self.now()).await.map(drop)
    }
}
