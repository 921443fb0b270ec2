//! Loading aggregates from the log.

use std::sync::Arc;

use super::{
    panics,
    shelf::Live,
    snapshot::{self, StoredState, Unfit},
};
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
    /// After how many events a snapshot is made, and looked for.
    pub(super) snapshot_every: u64,
}

impl AggregateTypes {
    pub(super) fn of<A: Aggregate>(catalog: &Catalog, snapshot_every: u64) -> Self {
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
            snapshot_every,
        }
    }

    /// The place of a stored name in the event set. A handful of names: comparing them beats hashing one.
    fn index(&self, name: &TypeName) -> Option<usize> {
        self.events.iter().position(|known| known == name)
    }
}

/// Whether a load may begin at a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Snapshots {
    /// It begins at the newest one that is fit.
    Used,
    /// It begins at the first event.
    Ignored,
}

/// An aggregate as the log has it; `None` when nothing ever happened to it.
pub(super) async fn load<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
    snapshots: Snapshots,
) -> Result<Option<Box<Live<A>>>, Error> {
    let state = match <A::Storage as Storage<A>>::STORES_STATE {
        true => load_state(store, types, id).await?,
        false => load_events(store, types, id, snapshots).await?,
    };
    Ok(state.map(|state| Live::new(state, types)))
}

async fn load_state<A: Aggregate>(store: &dyn Store, types: &AggregateTypes, id: Id<A>) -> Result<Option<A>, Error> {
    let Some(record) = snapshot::newest(store, types, id).await? else {
        return Ok(None);
    };
    let stored: StoredState<A> = codec::from_json(&record.payload).map_err(|error| Error::corrupt(&record.metadata, error))?;
    let mut state = stored.state;
    *state.root_mut() = Root::stored(id, stored.events);
    Ok(Some(state))
}

async fn load_events<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
    snapshots: Snapshots,
) -> Result<Option<A>, Error> {
    let stream = StreamName::new(&types.category, id);
    let mut replay = ReplayOf::new(A::new(id));
    // A short history is read whole. Only behind one that is as long as a snapshot's can there be a snapshot worth looking for.
    let mut look_at = if snapshots == Snapshots::Used { types.snapshot_every } else { u64::MAX };
    loop {
        let position = replay.events();
        let limit = PageLimit::default();
        let records = usize::try_from(look_at - position).map_or(limit.records, |records| records.clamp(1, limit.records));
        let from = ReadFrom::Stream { name: &stream, position, direction: Direction::Forwards };
        let page = store.read(from, PageLimit { records, ..limit }).await?;
        // A page may be short of records because it was full of bytes: only an empty one is the end.
        if page.is_empty() {
            break;
        }
        replay.go_on(types, &page)?;
        if replay.events() >= look_at {
            look_at = u64::MAX;
            replay = from_snapshot(store, types, &stream, replay).await?;
        }
    }
    replay.check()?;
    Ok(replay.last.is_some().then_some(replay.aggregate))
}

/// Goes on from the newest snapshot, if it is fit and beyond what is replayed.
async fn from_snapshot<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    stream: &StreamName,
    replay: ReplayOf<A>,
) -> Result<ReplayOf<A>, Error> {
    let id = replay.aggregate.id();
    let Some(state) = snapshot::newest_fit::<A>(store, types, id, replay.events()).await? else {
        return Ok(replay);
    };
    // The last event it covers is read again: if there is none, the snapshot is not one of this history.
    let Some(version) = state.version() else { return Ok(replay) };
    let from = ReadFrom::Stream { name: stream, position: version, direction: Direction::Forwards };
    let page = store.read(from, PageLimit::default()).await?;
    let Some((covered, rest)) = page.split_first() else {
        snapshot::report_unfit::<A>(id, &format!("it covers {} events, which the stream does not have", version + 1));
        return Ok(replay);
    };
    let mut replay = ReplayOf { aggregate: state, last: Some(Arc::clone(covered)) };
    replay.go_on(types, rest)?;
    Ok(replay)
}

/// At most so many snapshots are tried of one aggregate: the newest ones.
const SNAPSHOTS_TRIED: usize = 8;

/// What an aggregate would be by a snapshot after each of its last saves and the events that follow it, exactly as a load has it;
/// with the number of events that the snapshot covers. Nothing is stored.
pub(super) async fn by_snapshots<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
) -> Result<Vec<(u64, A)>, Error> {
    let mut states = Vec::new();
    if <A::Storage as Storage<A>>::STORES_STATE {
        return Ok(states);
    }
    let name = StreamName::new(&types.category, id);
    let from = ReadFrom::Stream { name: &name, position: 0, direction: Direction::Forwards };
    let events = store.read(from, PageLimit { records: usize::MAX, bytes: usize::MAX }).await?;
    let saved = |count: &usize| *count == events.len() || !same_cause(&events[*count - 1], &events[*count]);
    for count in (1..=events.len()).rev().filter(saved).take(SNAPSHOTS_TRIED) {
        let (covered, rest) = events.split_at(count);
        let mut replay = ReplayOf::new(A::new(id));
        replay.go_on(types, covered)?;
        let payload = snapshot::encode(&replay.aggregate)?;
        let aggregate = match snapshot::decode(id, &payload) {
            Ok(aggregate) => aggregate,
            Err(Unfit::Unreadable(reason)) => {
                return Err(Error::failed(
                    format!("its state after {count} events cannot be read again from a snapshot"),
                    reason,
                ));
            }
            // It breaks a rule, as the events do that led to it: a load would replay them.
            Err(_) => continue,
        };
        let mut replay = ReplayOf { aggregate, last: covered.last().cloned() };
        replay.go_on(types, rest)?;
        states.push((count as u64, replay.aggregate));
    }
    Ok(states)
}

/// A replay under way.
pub(super) struct ReplayOf<A> {
    pub(super) aggregate: A,
    /// The record applied last, or being applied.
    last: Option<Arc<Recorded>>,
}

impl<A: Aggregate> ReplayOf<A> {
    pub(super) fn new(aggregate: A) -> Self {
        ReplayOf { aggregate, last: None }
    }

    /// How many events are applied.
    fn events(&self) -> u64 {
        self.aggregate.version().map_or(0, |version| version + 1)
    }

    pub(super) fn go_on(&mut self, types: &AggregateTypes, records: &[Arc<Recorded>]) -> Result<(), Error> {
        panics::caught_text(|| records.iter().try_for_each(|record| self.apply(types, record)))
            .unwrap_or_else(|panic| Err(self.panicked(&panic)))
    }

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
