//! What happens when time passes, and what comes a second time.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    machine::{Machine, Transition, What, sent},
    node::{Fault, Node},
    stage::{Scene, at_once},
};
use crate::{
    Envelope, Error, MessageId, Store, StreamName,
    domain::{Consumer, Subscription},
    engine::no_origin,
    store::{CheckpointMove, Commit, PageLimit, Parked, ReadFrom},
};

impl Machine {
    /// What happens when time passes: timers, and what is tried again. Whatever is due first.
    pub(super) fn late(&self, node: &Node, at_rest: bool, all: &mut Vec<Transition>) -> Result<(), Error> {
        let retries = self.retries(node)?;
        let timers = self.timers(node)?;
        let timed = timers.iter().map(|(_, due)| *due).chain(retries.iter().map(|(_, _, due)| *due));
        let Some(first) = timed.min() else { return Ok(()) };
        let now = first.max(node.now);
        for (consumer, stream, _) in retries.iter().filter(|(_, _, due)| *due <= now) {
            let tried = self.attempt(node, now, Scene::Commits, |engine| {
                let (consumer, stream) = (*consumer, stream.clone());
                Box::pin(async move { engine.retry_of(consumer, &stream).await })
            })?;
            all.extend(tried.commits().into_iter().map(|commit| Transition {
                what: What::Retry(*consumer, stream.clone()),
                commit: Some(commit),
                now,
                spends: None,
            }));
        }
        if !at_rest && node.left.early_timers == 0 {
            return Ok(());
        }
        for (process, _) in timers.iter().filter(|(_, due)| *due <= now) {
            let fired = self.attempt(node, now, Scene::Commits, |engine| {
                let process = process.clone();
                Box::pin(async move { engine.fire_timer_of(&process).await })
            })?;
            all.extend(fired.commits().into_iter().map(|commit| Transition {
                what: What::Timer(process.clone()),
                commit: Some(commit),
                now,
                spends: (!at_rest).then_some(Fault::EarlyTimer),
            }));
        }
        Ok(())
    }

    /// The processes with timers, and when the first of each fires.
    fn timers(&self, node: &Node) -> Result<Vec<(StreamName, Timestamp)>, Error> {
        let mut memo = self.memo.borrow_mut();
        let mut timers = Vec::new();
        for (stream, _) in &node.streams {
            if memo.is_process(self.engine.catalog(), stream)
                && let Some(last) = memo.last(&node.store, stream)?
                && !last.transition.status.is_over()
                && let Some(due) = last.transition.next_due()
            {
                timers.push((stream.clone(), due));
            }
        }
        Ok(timers)
    }

    pub(super) fn first_due(&self, node: &Node) -> Result<Option<Timestamp>, Error> {
        Ok(self.timers(node)?.into_iter().map(|(_, due)| due).min())
    }

    /// What consumers have parked and try again without a person, and when.
    fn retries(&self, node: &Node) -> Result<Vec<(usize, StreamName, Timestamp)>, Error> {
        let mut retries: Vec<(usize, StreamName, Timestamp)> = Vec::new();
        for (consumer, subscription) in self.subscriptions().iter().enumerate() {
            let parked = at_once(node.store.parked(&subscription.name))?;
            let mut seen: Vec<StreamName> = Vec::new();
            for message in parked {
                if seen.contains(&message.stream) {
                    continue;
                }
                seen.push(message.stream.clone());
                if let Some(due) = self.due(node, subscription, &message)? {
                    retries.push((consumer, message.stream, due));
                }
            }
        }
        Ok(retries)
    }

    /// When a parked message is tried again; `None`: when a person says so.
    fn due(&self, node: &Node, subscription: &Subscription, message: &Parked) -> Result<Option<Timestamp>, Error> {
        let Some(failure) = &message.failure else { return Ok(Some(node.now)) };
        if let Consumer::Process(types) = &subscription.consumer {
            let process = StreamName::new(&types.category, message.stream.id());
            // It has waited for the start of its process.
            if message.stream == types.early(&process) && at_once(node.store.version(&process))?.is_some() {
                return Ok(Some(node.now));
            }
        }
        Ok(failure.next)
    }

    /// Commands from outside that are sent a second time.
    pub(super) fn repeats(&self, node: &Node, all: &mut Vec<Transition>) -> Result<(), Error> {
        for (place, command) in self.commands.iter().enumerate().filter(|(place, _)| node.sent & (1 << place) != 0) {
            // Under its key it is answered as before, which is no step.
            if !command.keyed {
                let key = MessageId::named(&format!("explored {place} again {}", node.left.duplicates));
                let attempt =
                    self.attempt(node, node.now, Scene::Commits, |engine| (command.execute)(engine, Envelope::identified(key)))?;
                all.extend(sent(&What::Repeat(place), Some(Fault::Duplicate), node.now, attempt));
            }
        }
        Ok(())
    }

    /// Process managers that are given their last message a second time, as if nothing had said that they have passed it: their
    /// checkpoints are what they were before that.
    pub(super) fn redeliveries(&self, node: &Node, all: &mut Vec<Transition>) -> Result<(), Error> {
        if node.left.duplicates == 0 {
            return Ok(());
        }
        let given = self.memo.borrow().given;
        for (consumer, subscription) in self.subscriptions().iter().enumerate() {
            if !matches!(subscription.consumer, Consumer::Process(_)) {
                continue;
            }
            let from = at_once(node.store.checkpoint(&subscription.name))?;
            let read = ReadFrom::Interest { interest: &subscription.interest, position: given + 1 };
            let records = at_once(node.store.read(read, PageLimit::default()))?;
            let positions = records.iter().rev().map(|record| record.metadata.global_position);
            let mut passed = positions.skip_while(|position| *position > from);
            if passed.next().is_some() {
                let to = passed.next().unwrap_or(given);
                let mut commit = Commit::new(node.now, no_origin());
                commit.checkpoints.push(CheckpointMove { subscription: Arc::clone(&subscription.name), from, to });
                let (what, spends) = (What::Redelivery(consumer), Some(Fault::Duplicate));
                all.push(Transition { what, commit: Some(Arc::new(commit)), now: node.now, spends });
            }
        }
        Ok(())
    }
}
