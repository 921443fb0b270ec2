//! What saving an aggregate adds to a commit: its events, its fact, its state.

use smallvec::SmallVec;

use super::{
    AggregateTypes, Engine,
    snapshot::{self, StoredState},
};
use crate::{
    Aggregate, Error, Id, MessageId, MessageKind, NewRecord, StreamName, TypeName,
    aggregate::{Facts, Pending, Storage},
    codec,
    store::{Append, Commit, Expected},
};

/// The streams of one aggregate.
pub(super) struct Streams {
    events: StreamName,
    facts: Option<StreamName>,
    states: Option<StreamName>,
}

impl Streams {
    pub(super) fn of<A: Aggregate>(types: &AggregateTypes, id: Id<A>) -> Self {
        Streams {
            events: StreamName::new(&types.category, id),
            facts: types.fact.is_some().then(|| StreamName::new(&types.facts, id)),
            states: <A::Storage as Storage<A>>::STORES_STATE.then(|| StreamName::new(&types.states, id)),
        }
    }

    pub(super) fn events(&self) -> &StreamName {
        &self.events
    }
}

/// Gives the messages of one unit their identities, one after the other.
pub(super) struct Identities {
    cause: MessageId,
    next: u32,
}

impl Identities {
    pub(super) fn caused_by(cause: MessageId) -> Self {
        Identities { cause, next: 0 }
    }

    fn next(&mut self) -> MessageId {
        let id = self.cause.of_event(self.next);
        self.next += 1;
        id
    }
}

/// Adds the pending events of an aggregate to a commit, with its fact and its state if it has such. Adds nothing when
/// nothing is pending.
pub(super) fn append<A: Aggregate>(
    engine: &Engine,
    commit: &mut Commit,
    identities: &mut Identities,
    types: &AggregateTypes,
    streams: &Streams,
    aggregate: &A,
) -> Result<(), Error> {
    let root = aggregate.root();
    if root.pending().is_empty() {
        return Ok(());
    }
    let mut records = SmallVec::with_capacity(root.pending().len());
    for event in root.pending() {
        let event_type = event.event_type();
        let type_name = match event.index() {
            Some(index) => types.events[index].clone(),
            None => event_type.type_name(&types.domain),
        };
        let payload = event.encode().map_err(|error| no_json(&type_name, error))?;
        if let Some(trace) = &engine.0.trace {
            trace.stored(&type_name, event.lost_in(&payload));
        }
        records.push(NewRecord {
            id: identities.next(),
            kind: MessageKind::Event,
            schema_version: event_type.version,
            payload,
            type_name,
        });
    }
    commit.appends.push(Append { stream: streams.events.clone(), expected: Expected::seen(root.stored_version()), records });

    if let (Some(stream), Some(type_name), Some(fact)) = (&streams.facts, &types.fact, <A::Facts as Facts<A>>::FACT) {
        let payload = A::Facts::encode(aggregate).map_err(|error| no_json(type_name, error))?;
        if let Some(trace) = &engine.0.trace {
            trace.stored(type_name, A::Facts::lost_in(aggregate, &payload));
        }
        let record = NewRecord {
            id: identities.next(),
            kind: MessageKind::Fact,
            schema_version: fact.version,
            payload,
            type_name: type_name.clone(),
        };
        commit.appends.push(Append { stream: stream.clone(), expected: Expected::Any, records: smallvec::smallvec![record] });
    }
    if let Some(stream) = &streams.states {
        let events = root.version().map_or(0, |version| version + 1);
        let payload = codec::to_json(&StoredState { events, definition: None, state: aggregate })
            .map_err(|error| no_json(&types.state, error))?;
        commit.appends.push(snapshot::append(types, stream.clone(), identities.next(), payload));
    }
    if let Some(payload) = snapshot::if_due(engine, types, aggregate) {
        let stream = StreamName::new(&types.states, aggregate.id());
        // Before them: the last record of a command is an event, whose position its consumers reach.
        commit.appends.insert(0, snapshot::append(types, stream, identities.next(), payload));
    }
    Ok(())
}

fn no_json(type_name: &TypeName, error: codec::PayloadError) -> Error {
    Error::failed(format!("a `{type_name}` cannot be written as JSON"), error)
}
