//! Snapshots: states written down now and then, so that a long history need not be replayed from its beginning.
//!
//! A snapshot is stored in the commit that raises the last event it covers, so it is never ahead of them. It says which code made it:
//! a fingerprint of the aggregate's definition, of what applies its events and of these events, as they are written. One that other
//! code made, that cannot be read, that breaks a rule or that covers events which are not there is passed over, and said so; the
//! events are the truth.

use serde::{Deserialize, Serialize};

use super::{AggregateTypes, Engine, append::Streams, panics, parking::no_origin};
use crate::{
    Aggregate, Error, ErrorKind, Id, MessageId, MessageKind, NewRecord, Origin, Recorded, Root, Store, StreamName,
    aggregate::{Storage, first_broken},
    codec,
    store::{Append, Commit, Direction, Expected, PageLimit, ReadFrom},
};

/// No snapshot is longer than this, in bytes of JSON: one that would be is left out.
const LONGEST: usize = 4 << 20;

/// A state as it is stored beside its events.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredState<A> {
    /// How many events had happened.
    pub(super) events: u64,
    /// Which code made it, in hexadecimal digits. None for a state that is stored with every save: it is the truth itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) definition: Option<String>,
    pub(super) state: A,
}

/// What of a stored state can be read whatever its state is.
#[derive(Deserialize)]
struct Made {
    #[serde(default)]
    definition: Option<String>,
}

/// Whether a snapshot is made with the save of these pending events.
fn is_due<A: Aggregate>(types: &AggregateTypes, root: &Root<A>) -> bool {
    !<A::Storage as Storage<A>>::STORES_STATE && root.since_snapshot() >= types.snapshot_every
}

/// The pending events of `stored` have been stored; if that was the time for a snapshot, it was made with them.
pub(super) fn note<A: Aggregate>(types: &AggregateTypes, stored: &mut A) {
    if is_due(types, stored.root()) {
        let events = stored.version().map_or(0, |version| version + 1);
        stored.root_mut().has_snapshot(events);
    }
}

/// The snapshot that goes with the save of an aggregate, if it is time for one. That it cannot be made is no reason not to save.
pub(super) fn if_due<A: Aggregate>(engine: &Engine, types: &AggregateTypes, aggregate: &A) -> Option<Box<str>> {
    let root = aggregate.root();
    if !is_due(types, root) {
        return None;
    }
    // What was stored before, and the events on top: a handler may have done other things to its copy.
    let stored = match (root.base(), root.stored_version()) {
        (Some(base), _) => base.clone(),
        (None, None) => A::new(root.id()),
        (None, version) => engine.shelf::<A>().ok()?.copy_of(root.id(), version)?,
    };
    let made = panics::caught(A::NAME, || {
        let mut state = stored;
        <A::Storage as Storage<A>>::catch_up(&mut state, aggregate);
        encode(&state)
    });
    match made.unwrap_or_else(Err) {
        Ok(payload) => Some(payload),
        Err(error) => {
            tracing::warn!(aggregate = A::NAME, id = %root.id(), error = %error.without_payload(), "no snapshot is made");
            None
        }
    }
}

/// A state as a snapshot has it.
///
/// # Errors
/// [`Failed`](ErrorKind::Failed) when it has no JSON form, or one that is too long.
pub(super) fn encode<A: Aggregate>(state: &A) -> Result<Box<str>, Error> {
    let events = state.version().map_or(0, |version| version + 1);
    let stored = StoredState { events, definition: Some(definition::<A>()), state };
    let text = || format!("a snapshot of `{}` {} cannot be written", A::NAME, state.id());
    let payload = codec::to_json(&stored).map_err(|error| Error::failed(text(), error))?;
    match payload.len() <= LONGEST {
        true => Ok(payload),
        false => Err(Error::failed(text(), format!("it has {} bytes; at most {LONGEST} are stored", payload.len()))),
    }
}

/// The state that a snapshot has, if it is fit to be gone on from.
///
/// # Errors
/// Why it is not.
pub(super) fn decode<A: Aggregate>(id: Id<A>, payload: &str) -> Result<A, Unfit> {
    let stored: StoredState<A> = match codec::from_json(payload) {
        Ok(stored) => stored,
        Err(error) => {
            let made: Option<Made> = codec::from_json(payload).ok();
            let other = made.and_then(|made| made.definition).is_some_and(|definition| definition != self::definition::<A>());
            return Err(if other { Unfit::OtherCode } else { Unfit::Unreadable(error.to_string()) });
        }
    };
    if stored.definition.is_none_or(|definition| definition != self::definition::<A>()) {
        return Err(Unfit::OtherCode);
    }
    let mut state = stored.state;
    *state.root_mut() = Root::stored(id, stored.events);
    state.root_mut().has_snapshot(stored.events);
    match panics::caught_text(|| first_broken(&state).map(|(rule, _)| rule)) {
        Ok(None) => Ok(state),
        Ok(Some(rule)) => Err(Unfit::BreaksRule(format!("it breaks the rule `{rule}`"))),
        Err(panic) => Err(Unfit::BreaksRule(format!("its rules panicked: {panic}"))),
    }
}

/// Why a snapshot is passed over.
#[derive(Debug, PartialEq)]
pub(super) enum Unfit {
    /// The aggregate is written otherwise now: what happens after every change of it.
    OtherCode,
    /// It cannot be read although this code made it.
    Unreadable(String),
    /// It breaks a rule.
    BreaksRule(String),
}

/// The newest record of an aggregate's stored states.
pub(super) async fn newest<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
) -> Result<Option<std::sync::Arc<Recorded>>, Error> {
    let stream = StreamName::new(&types.states, id);
    let from = ReadFrom::Stream { name: &stream, position: u64::MAX, direction: Direction::Backwards };
    Ok(store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?.pop())
}

/// The state that the newest snapshot has, if it is fit and covers more than `events` events.
pub(super) async fn newest_fit<A: Aggregate>(
    store: &dyn Store,
    types: &AggregateTypes,
    id: Id<A>,
    events: u64,
) -> Result<Option<A>, Error> {
    let Some(record) = newest(store, types, id).await? else { return Ok(None) };
    match decode::<A>(id, &record.payload) {
        Ok(state) => Ok(state.version().is_some_and(|version| version >= events).then_some(state)),
        Err(Unfit::OtherCode) => {
            tracing::debug!(aggregate = A::NAME, %id, "a snapshot that other code made is passed over");
            Ok(None)
        }
        Err(Unfit::Unreadable(_)) => {
            // The reason may quote the state.
            report_unfit::<A>(id, "it cannot be read");
            Ok(None)
        }
        Err(Unfit::BreaksRule(reason)) => {
            report_unfit::<A>(id, &reason);
            Ok(None)
        }
    }
}

/// Says that a snapshot is not what it should be; the events are replayed instead.
pub(super) fn report_unfit<A: Aggregate>(id: Id<A>, reason: &str) {
    tracing::warn!(aggregate = A::NAME, %id, reason, "a snapshot is passed over; the events are replayed");
}

/// The append of a stored state.
pub(super) fn append(types: &AggregateTypes, stream: StreamName, id: MessageId, payload: Box<str>) -> Append {
    let record = NewRecord { id, kind: MessageKind::Snapshot, schema_version: 1, payload, type_name: types.state.clone() };
    Append { stream, expected: Expected::Any, records: smallvec::smallvec![record] }
}

fn definition<A: Aggregate>() -> String {
    format!("{:016x}", <A::Storage as Storage<A>>::DEFINITION)
}

impl Engine {
    /// Makes a snapshot of an aggregate as it is now; gives the version it covers. What happens by itself every so many events: see
    /// [`EngineBuilder::snapshot_every`](crate::EngineBuilder::snapshot_every).
    ///
    /// A snapshot only makes loading faster: it is discarded by itself when the aggregate's struct, its `#[aggregate] impl` block or
    /// one of its events is written otherwise (helpers elsewhere are not seen: move what applies events into the block), when it
    /// breaks a rule, and when it does not fit the events.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when nothing ever happened to it; [`Invalid`](ErrorKind::Invalid) for an aggregate that is
    /// not event-sourced, whose state is stored with every save; [`Failed`](ErrorKind::Failed) when the state has no JSON form, or one
    /// that is too long; [`Conflict`](ErrorKind::Conflict) when others kept writing.
    pub async fn snapshot<A: Aggregate>(&self, id: Id<A>) -> Result<u64, Error> {
        let shelf = self.shelf::<A>()?;
        if <A::Storage as Storage<A>>::STORES_STATE {
            return Err(Error::invalid(format!("`{}` is not event-sourced: its state is stored with every save", A::NAME)));
        }
        let mut attempt = 1;
        loop {
            let aggregate = self.load(id).await?;
            let version = aggregate.version().unwrap_or_default();
            let payload = panics::caught(A::NAME, || encode(&aggregate))??;
            let now = self.now();
            let message = MessageId::from_uuid(self.0.randomness.uuid(now));
            let mut commit = Commit::new(now, Origin { correlation_id: message, ..no_origin() });
            let events = Streams::of::<A>(shelf.types(), id).events().clone();
            let unchanged = Append { stream: events, expected: Expected::Version(version), records: smallvec::smallvec![] };
            let stream = StreamName::new(&shelf.types().states, id);
            commit.appends.extend([unchanged, append(shelf.types(), stream, message, payload)]);
            match self.commit(commit).await {
                Ok(_) => {
                    shelf.has_snapshot(id, version + 1);
                    return Ok(version);
                }
                Err(error) if error.kind() == ErrorKind::Conflict && attempt < self.0.retry.conflicts => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}
