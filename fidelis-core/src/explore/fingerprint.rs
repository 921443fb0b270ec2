//! Worlds that have the same future are one world: their fingerprint leaves out the ways that led there.

use jiff::Timestamp;

use super::{
    digest::Digest,
    machine::Machine,
    memo::{Kind, key_of},
    node::Node,
    stage::at_once,
};
use crate::{
    Error, Recorded, Store, StreamName, Uuid, domain::Consumer, process::ProcessSummary, projection::Projection, store::Parked,
};

/// What two worlds have in common that are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint(pub(super) u128);

impl Machine {
    /// What has a bearing on the future of a world: of each aggregate its version and its state, of each process where it is, all
    /// answers to commands, for each consumer the order of what it has not passed yet, what is parked, rows. Not: the order of what
    /// everybody has passed, positions, times.
    pub(super) fn fingerprint(&self, node: &Node) -> Result<Fingerprint, Error> {
        let mut digest = Digest::default();
        digest.wide(self.states(node, true)?);
        digest.wide(node.settled);
        for (consumer, subscription) in self.subscriptions().iter().enumerate() {
            let pending = self.pending(node, consumer)?;
            for record in &pending {
                digest.wide(self.meaning(node, consumer, record)?);
            }
            digest.number(pending.len() as u64);
            for parked in at_once(node.store.parked(&subscription.name))? {
                self.add_parked(node, &parked, &mut digest)?;
            }
        }
        digest.wide(node.store.fingerprint_of_rows(ProcessSummary::TABLE));
        digest.number(node.sent);
        let left = node.left;
        let [duplicates, timers, failures, crashes] =
            [left.duplicates, left.early_timers, left.failures, left.crashes].map(u64::from);
        digest.number(duplicates | timers << 8 | failures << 16 | crashes << 24);
        let mut held = 0_u128;
        for transition in &node.held {
            held = held.wrapping_add(self.meaning_of_held(node, transition)?);
        }
        digest.wide(held);
        Ok(Fingerprint(digest.end()))
    }

    /// What an exploration that has come to rest came to: the states of aggregates and processes.
    pub(super) fn outcome(&self, node: &Node) -> Result<Fingerprint, Error> {
        self.states(node, false).map(Fingerprint)
    }

    /// The states of all aggregates and processes; with what has a bearing on their future.
    fn states(&self, node: &Node, future: bool) -> Result<u128, Error> {
        let mut sum = 0_u128;
        for (stream, content) in &node.streams {
            let kind = self.memo.borrow_mut().kind(self.engine.catalog(), stream);
            let mut digest = Digest::default();
            digest.text(stream.as_str());
            match kind {
                Kind::Aggregate(place) => {
                    digest.wide(self.state(node, stream, *content, place)?);
                    if future {
                        digest.number(at_once(node.store.version(stream))?.unwrap_or_default());
                    }
                }
                Kind::Process => {
                    let last = self.memo.borrow_mut().last(&node.store, stream)?;
                    let Some(last) = last else { continue };
                    let transition = &last.transition;
                    if !future || transition.status.is_over() {
                        digest.text(&transition.state.0);
                        digest.text(transition.status.as_str());
                        digest.text(transition.reason.as_deref().unwrap_or_default());
                    } else {
                        digest.wide(last.meaning);
                        for (name, due) in &transition.timers {
                            digest.text(name);
                            digest.number(after(node.now, *due));
                        }
                    }
                }
                Kind::Other => continue,
            }
            sum = sum.wrapping_add(digest.end());
        }
        Ok(sum)
    }

    /// The state of an aggregate with this history.
    fn state(&self, node: &Node, stream: &StreamName, content: u128, place: usize) -> Result<u128, Error> {
        if let Some(state) = self.memo.borrow().states.get(&content) {
            return Ok(*state);
        }
        let mut digest = Digest::default();
        match stream.id().parse::<Uuid>() {
            Ok(id) => {
                self.look_at(node)?;
                let row = &self.engine.catalog().aggregates[place];
                digest.text(&at_once((row.state)(&self.engine, id))?.to_string());
            }
            // Somebody else's stream: its history is all that is known of it.
            Err(_) => digest.wide(content),
        }
        let state = digest.end();
        self.memo.borrow_mut().states.insert(content, state);
        Ok(state)
    }

    /// What a record that a consumer has not passed means to it.
    fn meaning(&self, node: &Node, consumer: usize, record: &Recorded) -> Result<u128, Error> {
        let Consumer::Process(types) = &self.subscriptions()[consumer].consumer else {
            return Ok(key_of(record));
        };
        let mut digest = Digest::default();
        if types.is_own(record) {
            let metadata = &record.metadata;
            let known = self.memo.borrow_mut().transition(record)?;
            let last = self.memo.borrow_mut().last(&node.store, &metadata.stream)?;
            digest.wide(metadata.id.uuid().as_u128());
            digest.wide(known.meaning);
            let version = at_once(node.store.version(&metadata.stream))?.unwrap_or_default();
            digest.number(version - metadata.position);
            digest.number(u64::from(last.is_some_and(|last| metadata.global_position <= last.transition.handled)));
        } else {
            digest.wide(key_of(record));
            // Something was redelivered, perhaps this: whether its process recognises it matters.
            if node.left.duplicates < self.memo.borrow().duplicates
                && let Ok(crate::domain::Target::Issued(process, _)) = types.target(record)
            {
                let last = self.memo.borrow_mut().last(&node.store, &process)?;
                digest.number(u64::from(last.is_some_and(|last| record.metadata.global_position <= last.transition.handled)));
            }
        }
        Ok(digest.end())
    }

    fn add_parked(&self, node: &Node, parked: &Parked, digest: &mut Digest) -> Result<(), Error> {
        use crate::store::{Direction, PageLimit, ReadFrom};
        digest.text(parked.stream.as_str());
        let from = ReadFrom::All { position: parked.position, direction: Direction::Forwards };
        let page = at_once(node.store.read(from, PageLimit { records: 1, ..PageLimit::default() }))?;
        digest.wide(page.first().map_or(0, |record| record.metadata.id.uuid().as_u128()));
        if let Some(failure) = &parked.failure {
            digest.text(&failure.error);
            digest.number(u64::from(failure.attempts));
            digest.number(failure.next.map_or(u64::MAX, |next| after(node.now, next)));
        }
        Ok(())
    }
}

/// How long after now something is due, in microseconds.
fn after(now: Timestamp, due: Timestamp) -> u64 {
    u64::try_from(due.as_microsecond() - now.as_microsecond()).unwrap_or_default()
}
