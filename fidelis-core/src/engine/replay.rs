//! Loading aggregates from the log.

use std::sync::Arc;

use super::{panics, shelf::Live};
use crate::{
    Aggregate, Error, Id, MessageKind, Recorded, Root, Store, StreamName, TypeName,
    aggregate::{Facts, OnReplay, Storage, first_broken},
    codec,
    domain::Catalog,
    store::{Direction, PageLimit, ReadFrom},
};

/// The stored names that belong to one type of aggregate in one domain.
pub(crate) struct AggregateTypes {
    /// The category of its events, such as `fidelis::account`.
    pub(super) category: String,
    /// The category of its facts.
    pub(super) facts: String,
    /// The category of its stored states.
    pub(super) states: String,
    /// Its replayed events, in the order of the event set.
    pub(super) events: Vec<TypeName>,
    /// Its fact.
    pub(super) fact: Option<TypeName>,
    /// Its stored state.
    pub(super) state: TypeName,
    /// The name of the domain.
    pub(super) domain: String,
}

impl AggregateTypes {
    pub(super) fn of<A: Aggregate>(catalog: &Catalog) -> Self {
        let domain = catalog.domain;
        let category = format!("{domain}::{}", A::STREAM);
        AggregateTypes {
            facts: format!("{category}-fact"),
            states: format!("{category}:snapshot"),
            category,
            events: <A::Storage as Storage<A>>::REPLAYED.iter().map(|event| catalog.type_name(event)).collect(),
            fact: <A::Facts as Facts<A>>::FACT.map(|fact| catalog.type_name(&fact)),
            state: TypeName::new(domain, &format!("{}Snapshot", A::NAME), 1),
            domain: domain.to_owned(),
        }
    }

    /// The place of a stored name in the event set. A handful of names: comparing them beats hashing one.
    fn index(&self, name: &TypeName) -> Option<usize> {
        self.events.iter().position(|known| known == name)
    }
}

/// A state as it is stored beside its events.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct StoredState<A> {
    /// How many events had happened.
    pub(super) events: u64,
    pub(super) state: A,
}

/// An aggregate as the log has it; `None` when nothing ever happened to it.
pub(super) async fn load<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
) -> Result<Option<Box<Live<A>>>, Error> {
    let state = match <A::Storage as Storage<A>>::STORES_STATE {
        true => load_state(store, types, id).await?,
        false => load_events(store, types, id).await?,
    };
    Ok(state.map(|state| Live::new(state, types)))
}

async fn load_state<A: Aggregate>(store: &dyn Store, types: &AggregateTypes, id: Id<A>) -> Result<Option<A>, Error> {
    let stream = StreamName::new(&types.states, id);
    let from = ReadFrom::Stream { name: &stream, position: u64::MAX, direction: Direction::Backwards };
    let Some(record) = store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?.pop() else {
        return Ok(None);
    };
    let stored: StoredState<A> = codec::from_json(&record.payload).map_err(|error| Error::corrupt(&record.metadata, error))?;
    let mut state = stored.state;
    *state.root_mut() = Root::stored(id, stored.events);
    Ok(Some(state))
}

async fn load_events<A: Aggregate>(store: &dyn Store, types: &AggregateTypes, id: Id<A>) -> Result<Option<A>, Error> {
    let stream = StreamName::new(&types.category, id);
    let limit = PageLimit::default();
    let mut replay = ReplayOf { aggregate: A::new(id), last: None };
    loop {
        let position = replay.aggregate.version().map_or(0, |version| version + 1);
        let from = ReadFrom::Stream { name: &stream, position, direction: Direction::Forwards };
        let page = store.read(from, limit).await?;
        // A page may be short of records because it was full of bytes: only an empty one is the end.
        if page.is_empty() {
            break;
        }
        panics::caught_text(|| page.iter().try_for_each(|record| replay.apply(types, record)))
            .unwrap_or_else(|panic| Err(replay.panicked(&panic)))?;
    }
    replay.check()?;
    Ok(replay.last.is_some().then_some(replay.aggregate))
}

/// A replay under way.
struct ReplayOf<A> {
    aggregate: A,
    /// The record applied last, or being applied.
    last: Option<Arc<Recorded>>,
}

impl<A: Aggregate> ReplayOf<A> {
    fn apply(&mut self, types: &AggregateTypes, record: &Arc<Recorded>) -> Result<(), Error> {
        // Rules hold after a save, not between the events of one: those share their cause.
        if self.last.as_ref().is_some_and(|last| !same_cause(last, record)) {
            self.check()?;
        }
        let index = match record.metadata.kind {
            MessageKind::Event => types.index(&record.metadata.type_name),
            _ => None,
        };
        let Some(index) = index else {
            let known: Vec<&str> = types.events.iter().map(TypeName::as_str).collect();
            let reason = format!("`{}` does not apply this type; it applies `{}`", A::NAME, known.join("`, `"));
            return Err(Error::corrupt(&record.metadata, reason));
        };
        self.last = Some(Arc::clone(record));
        <A::Storage as Storage<A>>::replay(&mut self.aggregate, index, &record.payload)
            .map_err(|error| Error::corrupt(&record.metadata, error))?;
        self.aggregate.root_mut().advance();
        Ok(())
    }

    /// Refuses, or reports, a history that breaks a rule.
    fn check(&self) -> Result<(), Error> {
        let Some(last) = &self.last else {
            return Ok(());
        };
        let broken = panics::caught_text(|| first_broken(&self.aggregate));
        let Some((rule, rejection)) = broken.map_err(|panic| self.panicked(&panic))? else {
            return Ok(());
        };
        match A::ON_REPLAY {
            OnReplay::Enforce => {
                let reason = format!(
                    "with it, `{}` {} at version {} breaks its rule `{rule}`: {rejection}",
                    A::NAME,
                    self.aggregate.id(),
                    last.metadata.position,
                );
                Err(Error::corrupt(&last.metadata, reason))
            }
            OnReplay::Report => {
                tracing::warn!(
                    aggregate = A::NAME,
                    id = %self.aggregate.id(),
                    version = last.metadata.position,
                    event = %last.metadata.type_name,
                    rule,
                    "a stored history breaks a rule"
                );
                Ok(())
            }
        }
    }

    fn panicked(&self, panic: &str) -> Error {
        let reason = format!("with it, `{}` panicked: {panic}", A::NAME);
        match &self.last {
            Some(last) => Error::corrupt(&last.metadata, reason),
            None => Error::failed(format!("`{}` cannot be replayed", A::NAME), reason),
        }
    }
}

fn same_cause(one: &Recorded, other: &Recorded) -> bool {
    one.metadata.origin.causation_id.is_some() && one.metadata.origin.causation_id == other.metadata.origin.causation_id
}
