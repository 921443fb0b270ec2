//! Engines that hold what they have worked out while others go on: a commit is data, and may be made in another world than the one it
//! was made for.

use std::sync::Arc;

use super::{
    digest::Digest,
    machine::{Machine, Transition, What},
    memo::Known,
    node::{Fault, Node},
    stage::at_once,
};
use crate::{
    Error, MessageKind, Store, process,
    store::{Direction, Expected, PageLimit, ReadFrom},
};

impl Machine {
    /// What can happen next where engines hold what they are about to commit.
    pub(super) fn held_and_free(&self, node: &Node, engines: usize) -> Result<Vec<Transition>, Error> {
        let mut all = Vec::new();
        let step = |what| Transition { what, commit: None, now: node.now, spends: None };
        let fault = |what, fault| Transition { spends: Some(fault), ..step(what) };
        if node.held.len() < engines {
            let next = self.at_once(node)?;
            if let [only] = &next[..]
                && let (What::Work(consumer), Some(commit)) = (&only.what, &only.commit)
                && self.reduces
                && self.only_moves(commit, *consumer)
                && node.held.is_empty()
                && !matches!(self.subscriptions()[*consumer].consumer, crate::domain::Consumer::Process(_))
            {
                return Ok(next);
            }
            // What it costs is spent now: two may be held while there is one left.
            all.extend(next.into_iter().map(|next| {
                let (spends, now) = (next.spends, node.now);
                Transition { what: What::Prepare(Arc::new(Transition { spends: None, ..next })), commit: None, now, spends }
            }));
        }
        // No engine does that: it happens to them.
        self.redeliveries(node, &mut all)?;
        for place in 0..node.held.len() {
            all.push(step(What::Finish(place)));
            if node.left.crashes > 0 {
                all.push(fault(What::Crash(place), Fault::Crash));
            }
            if node.left.duplicates > 0 {
                all.push(fault(What::Unheard(place), Fault::Duplicate));
            }
        }
        Ok(all)
    }

    /// The world after a step of an engine that holds something; `None` for every other step.
    pub(super) fn after_holding(&self, node: &Node, transition: &Transition) -> Result<Option<Node>, Error> {
        let made = |place: usize| -> Result<Node, Error> {
            // In vain: the world has gone on, and the engine begins again.
            Ok(self.after(node, &node.held[place])?.unwrap_or_else(|| node.clone()))
        };
        let mut next = match &transition.what {
            What::Prepare(held) => {
                let mut next = node.clone();
                next.held.push(Arc::clone(held));
                next
            }
            What::Finish(place) => {
                let mut next = made(*place)?;
                next.held.remove(*place);
                next
            }
            What::Unheard(place) => {
                let mut next = made(*place)?;
                // Whoever sent it does not know.
                next.sent = node.sent;
                next
            }
            What::Crash(place) => {
                let mut next = node.clone();
                next.held.remove(*place);
                next
            }
            _ => return Ok(None),
        };
        next.left.spend(transition.spends);
        Ok(Some(next))
    }

    /// What a commit that is held means in this world, whatever its places in the log.
    pub(super) fn meaning_of_held(&self, node: &Node, held: &Transition) -> Result<u128, Error> {
        let mut digest = Digest::default();
        digest.text(&match &held.what {
            What::Send(place) => format!("send {place}"),
            What::Retry(consumer, stream) => format!("retry {consumer} {stream}"),
            What::Timer(process) => format!("timer {process}"),
            other => format!("{other:?}"),
        });
        let Some(commit) = &held.commit else { return Ok(digest.end()) };
        for append in &commit.appends {
            digest.text(append.stream.as_str());
            let version = at_once(node.store.version(&append.stream))?;
            digest.number(match append.expected {
                Expected::Version(expected) => version.map_or(u64::MAX, |version| version.wrapping_sub(expected)),
                other => u64::from(other.holds(version)),
            });
            for record in &append.records {
                digest.wide(record.id.uuid().as_u128());
                match record.kind {
                    MessageKind::Transition => digest.wide(Known::read(&record.payload)?.meaning),
                    _ => digest.text(&record.payload),
                }
            }
        }
        if let Some(settlement) = &commit.settlement {
            digest.wide(settlement.command.uuid().as_u128());
            digest.text(&format!("{:?}", settlement.outcome));
        }
        for moved in &commit.checkpoints {
            digest.text(&moved.subscription);
            let current = at_once(node.store.checkpoint(&moved.subscription))?;
            digest.number(u64::from(moved.from == current));
            // Where it is not now it may be again: what comes a second time moves a checkpoint back.
            for position in [moved.from, moved.to] {
                digest.wide(self.at(node, position)?);
            }
        }
        digest.number(commit.parked.len() as u64);
        Ok(digest.end())
    }

    /// Which record stands at a position; none at the beginning.
    fn at(&self, node: &Node, position: u64) -> Result<u128, Error> {
        if position == 0 {
            return Ok(0);
        }
        let from = ReadFrom::All { position, direction: Direction::Forwards };
        let page = at_once(node.store.read(from, PageLimit { records: 1, ..PageLimit::default() }))?;
        Ok(page.first().map_or(0, |record| record.metadata.id.uuid().as_u128()))
    }
}

impl Known {
    /// A transition that is not stored yet.
    fn read(payload: &str) -> Result<Self, Error> {
        let transition: process::Transition =
            serde_json::from_str(payload).map_err(|error| Error::failed("a step cannot be read", error))?;
        Ok(Known { meaning: super::memo::meaning(&transition), transition })
    }
}
