//! Attempts that need not be made again: what an engine comes to depends on what it has read, and most of what happens changes none
//! of that.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    machine::{Attempt, Machine},
    node::Node,
    reads::Read,
    stage::Scene,
};
use crate::{Envelope, Error, MessageId, StreamName, store::Commit};

/// What an engine is asked to do, as far as it is worth remembering.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// A consumer's next work.
    Work(usize, Scene),
    /// A command from outside, for the first time.
    Send(usize),
    /// The first timer of this process.
    Timer(StreamName),
}

/// An attempt that was made.
#[derive(Debug)]
pub(super) struct Made {
    asked: Asked,
    /// What the clock said.
    now: Timestamp,
    reads: Vec<Read>,
    /// Whether something was read that others may change.
    pub(super) looked: bool,
    /// The commits attempted; none when there was nothing to be stored, or whoever asked was told that it cannot be.
    pub(super) commits: Vec<Arc<Commit>>,
}

impl Made {
    fn holds(&self, node: &Node) -> Result<bool, Error> {
        for read in &self.reads {
            if !read.holds(&node.store)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Machine {
    /// What an attempt comes to in a world: made there, or in a world before it of which it has read nothing that is different now.
    ///
    /// # Errors
    /// Work of a consumer that fails before it comes to a commit.
    pub(super) fn made(&self, node: &Node, now: Timestamp, asked: Asked) -> Result<Arc<Made>, Error> {
        let known = node.attempts.iter().find(|made| made.asked == asked && made.now == now);
        let made = match known {
            Some(known) if self.carries && known.holds(node)? => Arc::clone(known),
            _ => Arc::new(self.make(node, now, asked)?),
        };
        self.attempts.borrow_mut().push(Arc::clone(&made));
        Ok(made)
    }

    /// Not everything is attempted in this world: what was carried over to it goes on.
    pub(super) fn keep_attempts(&self, node: &Node) {
        let mut attempts = self.attempts.borrow_mut();
        let others = node.attempts.iter().filter(|made| attempts.iter().all(|known| known.asked != made.asked));
        let others: Vec<Arc<Made>> = others.cloned().collect();
        attempts.extend(others);
    }

    fn make(&self, node: &Node, now: Timestamp, asked: Asked) -> Result<Made, Error> {
        let attempt = match &asked {
            Asked::Work(consumer, scene) => {
                self.attempt(node, now, scene.clone(), |engine| Box::pin(engine.work_of(*consumer)))?
            }
            Asked::Send(place) => {
                let envelope = Envelope::identified(MessageId::named(&format!("explored {place}")));
                self.attempt(node, now, Scene::Commits, |engine| (self.commands[*place].execute)(engine, envelope))?
            }
            Asked::Timer(process) => {
                let process = process.clone();
                self.attempt(node, now, Scene::Commits, |engine| Box::pin(async move { engine.fire_timer_of(&process).await }))?
            }
        };
        let mut reads = self.stage.reads();
        if let Asked::Work(consumer, _) = &asked {
            // Where a consumer is and what it has set aside was read when the engine began, for all of them.
            let subscription = &self.subscriptions()[*consumer];
            reads.push(Read::checkpoint(&subscription.name, &node.store)?);
            reads.push(Read::checkpoint(&subscription.parking, &node.store)?);
            reads.push(Read::parked(&subscription.name, &node.store)?);
        }
        let commits: Vec<Arc<Commit>> = match (attempt, &asked) {
            (Attempt::Commits(commits), _) => commits.into_iter().map(Arc::new).collect(),
            (Attempt::Failed(error), Asked::Work(_, Scene::Commits)) => return Err(error),
            (Attempt::Failed(_), _) => Vec::new(),
        };
        // A consumer that passes everything without a word has done so up to the end of the log, wherever that was.
        if commits.is_empty() && matches!(asked, Asked::Work(..)) {
            reads.push(Read::Much);
        }
        Ok(Made { asked, now, reads, looked: self.stage.looked(), commits })
    }
}
