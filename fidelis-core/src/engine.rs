//! The engine: a domain running on a store.
//!
//! The path of a command: [`Engine::process`] validates it and finds its handler; `run` loads the aggregate from its `shelf` (or
//! `replay`s it), lets the handler decide, and commits; `delivery` decides which subscriptions have what to do next; `pump` does it,
//! through `project` and `react`, until they have passed what the command wrote.

mod append;
mod context;
mod delivery;
mod envelope;
mod fingerprint;
mod fold;
mod follow;
mod inspect;
mod panics;
mod parking;
mod process;
mod project;
mod prune;
mod pump;
mod react;
mod rebuild;
mod replay;
mod retry;
mod run;
mod shelf;
mod snapshot;
mod stepping;
#[cfg(test)]
mod tests;
mod trace;
mod unit;
mod written;

pub use context::Context;
pub use envelope::{CommandMetadata, Envelope, Lagging, Receipt};
pub(crate) use inspect::{FindDisagreement, Way, disagreement};
pub(crate) use parking::no_origin;
pub(crate) use process::execute_issued;
pub use process::{ProcessCounts, ProcessInspection, Waiting};
pub(crate) use replay::AggregateTypes;
pub use retry::RetryPolicy;
pub use run::Run;
pub(crate) use shelf::{Keeping, shelf_of};
pub(crate) use stepping::{FindState, clear_shelf, state_of};
pub(crate) use trace::{Trace, TracedCommand};

use std::{any::Any, any::TypeId, sync::Arc};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use self::{delivery::Delivery, process::Processes, pump::Following, replay::Snapshots, shelf::Shelf, unit::Unit};
use crate::{
    Aggregate, BoxFuture, Clock, Error, Handled, Id, Projection, Query, Randomness, Reader, Records, SignedDuration, Store,
    SystemClock, SystemRandomness, Timestamp, clock, codec,
    domain::{Catalog, Domain},
    interchange,
};

/// A domain running on a store. Cheap to clone: clones share everything.
///
/// ```
/// # use fidelis::prelude::*;
/// # mod counting {
/// #     use fidelis::prelude::*;
/// #     #[event(part_of = Counter)] pub struct Counted { pub by: u32 }
/// #     #[aggregate(event_sourced)] pub struct Counter { pub total: u32 }
/// #     #[aggregate] impl Counter { #[apply] fn on_counted(&mut self, event: &Counted) { self.total += event.by; } }
/// #     #[command(part_of = Counter)] pub struct Count { pub by: u32 }
/// #     #[derive(Default)] pub struct CounterCommandHandler;
/// #     #[command_handler(part_of = Counter)] impl CounterCommandHandler {
/// #         #[handle] fn count(&self, command: Count, id: Id<Counter>) -> Result<Counter, Rejection> {
/// #             let mut counter = Counter::new(id); counter.raise(Counted { by: command.by })?; Ok(counter) } }
/// #     fidelis::domain!("counting");
/// # }
/// # use counting::{Count, Counter};
/// # fidelis::block_on(async {
/// let engine = counting::domain().in_memory()?;
/// let counter = engine.process(Count { by: 3 }).await?.value;
/// assert_eq!(engine.load::<Counter>(counter).await?.total, 3);
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    catalog: Catalog,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    retry: RetryPolicy,
    /// How long settlements are kept; `None`: for ever.
    retention: Option<SignedDuration>,
    shelves: FxHashMap<TypeId, Box<dyn Any + Send + Sync>>,
    delivery: Mutex<Delivery>,
    processes: Processes,
    trace: Option<Arc<Trace>>,
}

/// An engine that is being put together.
#[must_use = "an engine runs once it is started"]
pub struct EngineBuilder {
    domain: Domain,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    retry: RetryPolicy,
    retention: Option<SignedDuration>,
    keeping: Keeping,
    trace: Option<Arc<Trace>>,
}

impl EngineBuilder {
    pub(crate) fn new(domain: Domain, store: Arc<dyn Store>) -> Self {
        EngineBuilder {
            domain,
            store,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
            retry: RetryPolicy::default(),
            retention: Some(prune::RETENTION),
            keeping: Keeping { room: 100_000, snapshot_every: 200 },
            trace: None,
        }
    }

    /// Takes the time from this clock instead of the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes identities and chance from here instead of the operating system.
    pub fn randomness(mut self, randomness: impl Randomness) -> Self {
        self.randomness = Arc::new(randomness);
        self
    }

    /// How often, and after what time, consumers and conflicting commands try again.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How many aggregates of each type are kept ready in memory; 100,000 unless said otherwise. At least one.
    pub fn cached_aggregates(mut self, count: usize) -> Self {
        self.keeping.room = count.max(1);
        self
    }

    /// After how many events of an aggregate since its last snapshot the next one is made; 200 unless said otherwise. At least one.
    ///
    /// A snapshot is stored with the command that raises the last of these events, as a record of `fidelis::account:snapshot-{id}`.
    /// An aggregate with a longer history is then loaded from its newest snapshot and the events after it. Replay costs about 0.1 µs
    /// per event, and reading one from a database 1 to 3 µs: 200 events are half a millisecond, which is what looking for the
    /// snapshot costs on a server far away.
    ///
    /// A snapshot is never trusted over events: see [`Engine::snapshot`].
    pub fn snapshot_every(mut self, events: u64) -> Self {
        self.keeping.snapshot_every = events.max(1);
        self
    }

    /// Makes no snapshots and looks at none.
    pub fn without_snapshots(mut self) -> Self {
        self.keeping.snapshot_every = u64::MAX;
        self
    }

    /// How long it is kept what commands were answered, at least; 30 days unless said otherwise. An hour is the shortest.
    ///
    /// Within this time a second delivery of a command under its key gets the first answer. After it the command is taken for a new
    /// one and decided on what is so then: it may happen once more, or be refused. What a consumer of this engine or an unfinished
    /// process may still need is kept for as long as that is so; see [`Engine::prune_settlements`].
    ///
    /// An engine that [follows](Engine::follow) forgets by itself what is older. Of several engines on one store the shortest time
    /// counts; and each knows the consumers of its own domain only, so domains that share a store should keep settlements for longer
    /// than any of them stands still.
    pub fn keep_settlements(mut self, time: SignedDuration) -> Self {
        self.retention = Some(time);
        self
    }

    /// Keeps for ever what commands were answered.
    pub fn keep_settlements_for_ever(mut self) -> Self {
        self.retention = None;
        self
    }

    /// Writes down what the log does not show.
    pub(crate) fn traced(mut self, trace: Arc<Trace>) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Checks the domain, makes the store ready and reads how far every subscription is.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) with all faults of the domain, when an import into the store is not finished, and for settings
    /// that cannot be; what the store reports.
    pub async fn start(self) -> Result<Engine, Error> {
        let catalog = Catalog::assemble(&self.domain).map_err(|faults| Error::invalid(faults.to_string()))?;
        prune::check(self.retention)?;
        interchange::refuse_unfinished(&*self.store).await?;
        self.store.prepare(&catalog.tables).await?;
        let coming = process::check_stored(&catalog, &*self.store).await?;
        let delivery = Delivery::open(&catalog, &*self.store).await?;
        let shelves = catalog.aggregates.iter().map(|row| (row.shelf)(&catalog, self.keeping)).collect();
        Ok(Engine(Arc::new(Inner {
            catalog,
            store: self.store,
            clock: self.clock,
            randomness: self.randomness,
            retry: self.retry,
            retention: self.retention,
            shelves,
            delivery: Mutex::new(delivery),
            processes: Processes::new(self.keeping.room, coming),
            trace: self.trace,
        })))
    }
}

impl Engine {
    /// Processes a command: validates it, lets its handler decide, stores what follows, and waits until every consumer
    /// has handled it and what it caused.
    ///
    /// A consumer that fails does not make the command fail: [`Receipt::lagging`] says who is behind, and why.
    ///
    /// # Errors
    /// [`Rejected`](crate::ErrorKind::Rejected) by a rule; [`NotFound`](crate::ErrorKind::NotFound) when the aggregate does not exist;
    /// [`Conflict`](crate::ErrorKind::Conflict) when others kept winning; [`Failed`](crate::ErrorKind::Failed) when the handler broke. In
    /// all of these nothing was stored. [`Unknown`](crate::ErrorKind::Unknown) when the connection broke inside the commit and the
    /// store has no answer to the command, yet: ask again under its key.
    pub async fn process<C: Handled>(&self, command: C) -> Result<Receipt<C::Output>, Error> {
        self.process_with(command, Envelope::default()).await
    }

    /// Processes a command that comes with a key, a correlation or other things that travel with it.
    ///
    /// # Errors
    /// As [`process`](Engine::process); and [`Invalid`](crate::ErrorKind::Invalid) when the key was used for another command.
    pub async fn process_with<C: Handled>(&self, command: C, envelope: Envelope) -> Result<Receipt<C::Output>, Error> {
        let mut unit = Unit::begin(self, envelope);
        let following = Following::begin(self, unit.origin.correlation_id);
        let value = unit.execute(self, command).await?;
        let lagging = match self.is_settled(&following.chain, unit.last_written()) {
            true => Vec::new(),
            // Boxed: what all the work may need is not carried by the many commands that leave none.
            false => {
                let settled = Box::pin(self.settle_chain(&following.chain, unit.written())).await;
                // The command is stored whatever consumers do: that the store failed while they worked is their lag, not an error.
                settled.unwrap_or_else(|error| vec![Lagging::store(error)])
            }
        };
        Ok(Receipt { value, command: unit.metadata.id, position: unit.position, lagging })
    }

    /// Processes a command that comes as JSON, by its name, such as `MakeDeposit`; gives the answer as JSON.
    ///
    /// # Errors
    /// As [`process`](Engine::process); and [`Invalid`](crate::ErrorKind::Invalid) for a name that is no command of this domain, and
    /// for a payload that does not fit (the error names the field) or exceeds [`Limits`](codec::Limits).
    pub async fn process_json(&self, name: &str, payload: &str, envelope: Envelope) -> Result<Receipt<String>, Error> {
        let Some(row) = self.0.catalog.command(name) else {
            let known = self.0.catalog.command_names().join("`, `");
            let domain = self.0.catalog.domain;
            return Err(Error::invalid(format!("domain `{domain}` has no command `{name}`; it has `{known}`")));
        };
        (row.process)(self, payload, envelope).await
    }

    /// An aggregate as it is now.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when nothing ever happened to it; [`Corrupt`](crate::ErrorKind::Corrupt) when its history cannot
    /// be read or breaks a rule.
    pub async fn load<A: Aggregate>(&self, id: Id<A>) -> Result<A, Error> {
        self.find(id).await?.ok_or_else(|| not_found(id))
    }

    /// An aggregate as it is now; `None` when nothing ever happened to it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when its history cannot be read or breaks a rule.
    pub async fn find<A: Aggregate>(&self, id: Id<A>) -> Result<Option<A>, Error> {
        let shelf = self.shelf::<A>()?;
        let mut place = shelf.checkout(id).await;
        let ready = match place.live.take() {
            // Others may have written since: what stands ready is a head start, never the answer.
            Some(live) if self.0.store.version(live.streams.events()).await? == live.state().version() => Some(live),
            _ => replay::load(&*self.0.store, shelf.types(), id, Snapshots::Used).await?,
        };
        let Some(live) = ready else {
            return Ok(None);
        };
        let aggregate = live.state().clone();
        place.put(live);
        Ok(Some(aggregate))
    }

    /// An aggregate rebuilt from the log alone, whatever the engine keeps ready in memory.
    ///
    /// # Errors
    /// As [`load`](Engine::load).
    pub async fn replay<A: Aggregate>(&self, id: Id<A>) -> Result<A, Error> {
        let live = replay::load(&*self.0.store, self.shelf::<A>()?.types(), id, Snapshots::Ignored).await?;
        live.map(|live| live.state().clone()).ok_or_else(|| not_found(id))
    }

    /// Asks a read model.
    pub fn query<P: Projection>(&self) -> Query<'_, P> {
        Query::new(&*self.0.store)
    }

    /// Reads records, however many: page by page, the next one being fetched meanwhile.
    pub fn reader(&self, records: Records) -> Reader {
        Reader::new(Arc::clone(&self.0.store), records)
    }

    /// The store, to read the log.
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// The name of the domain.
    pub fn domain(&self) -> &'static str {
        self.0.catalog.domain
    }

    /// What the clock says, to the microsecond.
    pub fn now(&self) -> Timestamp {
        clock::recorded(self.0.clock.now())
    }

    fn shelf<A: Aggregate>(&self) -> Result<&Shelf<A>, Error> {
        let shelf = self.0.shelves.get(&TypeId::of::<A>()).and_then(|shelf| shelf.downcast_ref());
        shelf.ok_or_else(|| {
            Error::invalid(format!("aggregate `{}` does not belong to domain `{}`", A::NAME, self.0.catalog.domain))
        })
    }
}

fn not_found<A: Aggregate>(id: Id<A>) -> Error {
    Error::not_found(format!("there is no `{}` with the identity {id}", A::NAME))
}

/// Processes a command that comes as JSON; what rows of commands point to.
#[doc(hidden)]
pub fn process_json<'a, C: Handled>(
    engine: &'a Engine,
    payload: &'a str,
    envelope: Envelope,
) -> BoxFuture<'a, Result<Receipt<String>, Error>> {
    Box::pin(async move {
        let command: C = codec::from_json_within(payload, &codec::Limits::default())
            .map_err(|error| Error::invalid(format!("command `{}` cannot be read: {error}", C::NAME)))?;
        let receipt = engine.process_with(command, envelope).await?;
        let value = codec::to_json(&receipt.value)?.into_string();
        Ok(Receipt { value, command: receipt.command, position: receipt.position, lagging: receipt.lagging })
    })
}
