//! Doing the work that `delivery` hands out, by whoever waits for it: no thread of its own, no async runtime.

use std::{future::poll_fn, sync::Arc, task::Poll};

use smallvec::SmallVec;

use super::{
    Engine, Lagging,
    delivery::{Followed, Without, Work},
    written::Written,
};
use crate::{
    BoxFuture, Error, MessageId, Recorded,
    domain::Consumer,
    store::{Commit, CommitResult, Direction, Fold, PageLimit, ReadFrom},
};

/// Where there is always something to do, timers fire after so many passes over what has come. In each of them every process handles a message
/// at least.
pub(super) const PASSES: usize = 30;

impl Engine {
    /// Lets every consumer handle everything that is in the log, and try what is due to be tried again.
    ///
    /// # Errors
    /// What the store reports. A consumer that fails is no error: see [`parked`](Engine::parked).
    pub async fn settle(&self) -> Result<(), Error> {
        self.settle_unless(usize::MAX, || false).await.map(drop)
    }

    /// The same, until it is time to stop: then what is being done is done to its end, and nothing more is begun. What comes meanwhile is
    /// handled in so many passes at most. Gives the position up to which everything is handled.
    pub(super) async fn settle_unless(&self, passes: usize, stop: impl Fn() -> bool) -> Result<u64, Error> {
        // Others may have written, and callers may have gone away before they could tell.
        let head = self.0.store.head().await?;
        self.0.delivery.lock().seen(head);
        let mut pass = 1;
        loop {
            let begun = self.now();
            let target = self.0.delivery.lock().known();
            // Up to position 0 there is nothing to do.
            if let Some((_, error)) = self.work_until(|_| if stop() { 0 } else { target }).await?.into_iter().next() {
                return Err(error);
            }
            if stop() {
                return Ok(target);
            }
            // Timers are late rather than early: what is on its way comes before what is due, so that a process that can go on after a
            // long stop does. But not for ever, or they would never fire where there is always something to do.
            let is_quiet = self.0.delivery.lock().known() == target;
            let at = if is_quiet { self.now() } else { begun };
            let fired = (is_quiet || pass % PASSES == 0) && self.fire_timers(at).await?;
            if (is_quiet && !fired) || pass >= passes {
                return Ok(target);
            }
            pass += 1;
        }
    }

    /// When [`settle`](Engine::settle) has something to do again although nothing is committed: the next retry, the next timer.
    pub fn next_due(&self) -> Option<crate::Timestamp> {
        let retry = self.0.delivery.lock().next_due();
        let timer = self.0.processes.next_due();
        retry.map_or(timer, |retry| Some(timer.map_or(retry, |timer| timer.min(retry))))
    }

    /// Commits records, with the projectors that can follow at once, and offers them to the other consumers.
    pub(super) async fn commit(&self, mut commit: Commit) -> Result<CommitResult, Error> {
        let projectors = self.let_follow(&mut commit);
        self.stored(Storing { result: self.0.store.commit(commit), projectors }).await
    }

    /// Adds the projectors that handle what a commit appends, so that those that can may follow within it.
    pub(super) fn let_follow(&self, commit: &mut Commit) -> SmallVec<[usize; 2]> {
        let catalog = &self.0.catalog;
        let mut projectors = SmallVec::new();
        for record in commit.appends.iter().flat_map(|append| &append.records) {
            for &consumer in catalog.subscribers(&record.type_name) {
                let subscription = &catalog.subscriptions[consumer];
                if matches!(subscription.consumer, Consumer::Projector(_)) && !projectors.contains(&consumer) {
                    projectors.push(consumer);
                    commit.folds.push(Arc::clone(subscription) as Arc<dyn Fold>);
                }
            }
        }
        projectors
    }

    /// Waits for the store, and offers what it has stored to the consumers that have not followed yet.
    pub(super) async fn stored(&self, storing: Storing<'_>) -> Result<CommitResult, Error> {
        let result = storing.result.await?;
        if let CommitResult::Committed(committed) = &result
            && !committed.records.is_empty()
        {
            let mut folded: SmallVec<[usize; 2]> = SmallVec::new();
            committed.folded.iter().for_each(|&place| folded.push(storing.projectors[place]));
            self.0.delivery.lock().committed(&self.0.catalog, &committed.records, &folded);
        }
        Ok(result)
    }

    /// Whether the consumers have passed what a command and all it caused have written, up to now, and none has set anything aside.
    pub(super) fn is_settled(&self, followed: &Followed, position: u64) -> bool {
        position == 0 || {
            let delivery = self.0.delivery.lock();
            delivery.is_settled(delivery.written(followed).max(position))
        }
    }

    /// Works until the consumers have passed what a command and all it caused have written; says who could not.
    pub(super) async fn settle_chain(&self, followed: &Followed, own: Written) -> Result<Vec<Lagging>, Error> {
        let stuck = self.work_until(|delivery| delivery.written(followed).max(own.last())).await?;
        let delivery = self.0.delivery.lock();
        let written = delivery.all_written(followed, own);
        let subscription = |consumer: usize| Arc::clone(&self.0.catalog.subscriptions[consumer].name);
        let stuck = stuck.into_iter().filter(|(consumer, _)| !delivery.has_passed(*consumer, written.last()));
        let stuck = stuck.map(|(consumer, error)| Lagging {
            subscription: subscription(consumer),
            position: written.ranges().next().map_or(0, |(first, _)| first),
            error: error.to_string(),
        });
        let parked = delivery.failures(&written).map(|(consumer, parked)| Lagging {
            subscription: subscription(consumer),
            position: parked.position,
            error: match &parked.failure {
                Some(failure) => failure.error.clone(),
                None => "it waits behind an earlier message of its stream".to_owned(),
            },
        });
        Ok(stuck.chain(parked).collect())
    }

    /// Does what is to be done up to `target`. A consumer whose work the store fails is left behind, and given back with the
    /// error; the others go on.
    async fn work_until(&self, target: impl Fn(&super::Delivery) -> u64) -> Result<Vec<(usize, Error)>, Error> {
        let mut stuck: Vec<(usize, Error)> = Vec::new();
        let mut without = Without::default();
        loop {
            let next = poll_fn(|context| {
                let mut delivery = self.0.delivery.lock();
                let target = target(&delivery);
                if target == 0 {
                    return Poll::Ready(None);
                }
                let now = if delivery.has_parked() { self.0.clock.now() } else { crate::Timestamp::MIN };
                delivery.poll_next(target, now, &without, context.waker())
            });
            let Some(work) = next.await else {
                return Ok(stuck);
            };
            let (consumer, is_retry) = (work.consumer(), work.is_retry());
            match (self.perform(work).await, consumer) {
                (Ok(()), _) => {}
                (Err(error), Some(consumer)) => {
                    without.add(consumer, is_retry);
                    stuck.push((consumer, error));
                }
                (Err(error), None) => return Err(error),
            }
        }
    }

    pub(super) async fn perform(&self, work: Work) -> Result<(), Error> {
        let under_way = UnderWay { engine: self, consumer: work.consumer(), ended: false };
        match work {
            Work::Dispatch { from } => {
                let from = ReadFrom::All { position: from, direction: Direction::Forwards };
                let records = self.0.store.read(from, PageLimit::default()).await?;
                self.0.delivery.lock().offer(&self.0.catalog, &records);
                under_way.dispatched();
            }
            Work::Deliver { consumer, records, held } => {
                self.handle(consumer, &records, held).await?;
                under_way.finished(false);
            }
            Work::CatchUp { consumer, from, upto, held } => {
                let interest = &self.0.catalog.subscriptions[consumer].interest;
                let records = self.0.store.read(ReadFrom::Interest { interest, position: from }, PageLimit::default()).await?;
                match records.is_empty() {
                    // Nothing up to the head of that time is of interest.
                    true => self.0.delivery.lock().skipped(consumer, upto),
                    false => self.handle(consumer, &records, held).await?,
                }
                under_way.finished(true);
            }
            Work::Retry { consumer, messages, revision } => {
                self.retry(consumer, messages, revision).await?;
                under_way.finished(false);
            }
        }
        Ok(())
    }

    /// Lets a consumer handle records, in their order.
    async fn handle(&self, consumer: usize, records: &[Arc<Recorded>], held: super::delivery::Held) -> Result<(), Error> {
        match self.0.catalog.subscriptions[consumer].consumer {
            Consumer::Projector(_) => self.project(consumer, records, held).await,
            Consumer::EventHandler(_) => self.react(consumer, records, held).await,
            Consumer::Process(_) => self.step(consumer, records, held).await,
        }
    }
}

/// A commit that the store has been given.
pub(super) struct Storing<'a> {
    pub(super) result: BoxFuture<'a, Result<CommitResult, Error>>,
    /// The projectors that may follow within it, in the order of its folds.
    pub(super) projectors: SmallVec<[usize; 2]>,
}

/// Somebody who waits for what a chain causes, for as long as he does.
pub(super) struct Following<'a> {
    engine: &'a Engine,
    pub(super) chain: Followed,
}

impl<'a> Following<'a> {
    pub(super) fn begin(engine: &'a Engine, correlation_id: MessageId) -> Self {
        // Where nobody reacts, a command causes nothing that could be waited for.
        let chain = match engine.0.catalog.reacts {
            true => engine.0.delivery.lock().follow(correlation_id),
            false => Followed::NOTHING,
        };
        Following { engine, chain }
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        if self.engine.0.catalog.reacts {
            self.engine.0.delivery.lock().unfollow(&self.chain);
        }
    }
}

/// Work under way: given up when it is dropped before its end, by a caller that stopped waiting or by an error.
struct UnderWay<'a> {
    engine: &'a Engine,
    consumer: Option<usize>,
    ended: bool,
}

impl UnderWay<'_> {
    fn dispatched(mut self) {
        self.ended = true;
        self.engine.0.delivery.lock().dispatched();
    }

    fn finished(mut self, caught_up: bool) {
        self.ended = true;
        if let Some(consumer) = self.consumer {
            self.engine.0.delivery.lock().finished(consumer, caught_up);
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut delivery = self.engine.0.delivery.lock();
        match self.consumer {
            Some(consumer) => delivery.abandoned(consumer),
            None => delivery.dispatched(),
        }
    }
}
