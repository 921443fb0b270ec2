//! Following the log for as long as a process lives: what others write is handled, what is due is tried again.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;

use super::{Engine, parking::ParkedMessages, prune::Pruning, pump::PASSES};
use crate::{BoxFuture, Error};

/// After this time the store is looked at, whether anybody said that there is something new or not.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(10);

impl Engine {
    /// Keeps every consumer up to date until `shutdown` is over: handles what is written, by whomever, tries again what is due, and
    /// fires timers, and [forgets](Engine::prune_settlements) what nobody asks for any more. What a long-running process awaits
    /// beside what it serves; needs no async runtime.
    ///
    /// Nothing has to be followed for commands to have their effects: whoever [processes](Engine::process) one waits for its
    /// consumers and does their work. This is for what others have written, for what failed and for what is late. When `shutdown`
    /// is over, what is being done is done to its end, and nothing more is begun.
    ///
    /// When the store fails it tries again, with a growing pause between ([`RetryPolicy`](crate::RetryPolicy)), and heals by
    /// itself. A hint of the store that is lost costs no more than ten seconds: then it looks for itself. A timer that another
    /// engine has started, and did not live to fire, is known here within twenty.
    ///
    /// Several processes may follow one log. What they write into the store has its effect once, and what one has handled another
    /// passes over; but two that turn to the same message at the same moment both call its handler, each at most once: effects
    /// outside of the store have to bear being repeated.
    ///
    /// ```
    /// # use fidelis::prelude::*;
    /// # mod counting {
    /// #     use fidelis::prelude::*;
    /// #     #[event(part_of = Counter)] pub struct Counted { pub by: u32 }
    /// #     #[aggregate(event_sourced)] pub struct Counter { pub total: u32 }
    /// #     #[aggregate] impl Counter { #[apply] fn on_counted(&mut self, event: &Counted) { self.total += event.by; } }
    /// #     fidelis::domain!("counting");
    /// # }
    /// # fn signal() -> impl Future<Output = ()> + Send { std::future::ready(()) }
    /// # fidelis::block_on(async {
    /// let engine = counting::domain().in_memory()?;
    /// engine.follow(signal()).await;      // until somebody presses ctrl-c, say
    /// # Ok::<(), Error>(()) }).unwrap();
    /// ```
    pub async fn follow(&self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = pin!(shutdown);
        let stopping = AtomicBool::new(false);
        let mut failures = 0;
        let mut pruning = Pruning::new(self);
        loop {
            let done = until_done(self.round(&stopping, &mut pruning), shutdown.as_mut(), &stopping).await;
            if stopping.load(Ordering::Relaxed) {
                return;
            }
            let quiet: BoxFuture<'_, Result<(), Error>> = match done {
                Ok(head) => {
                    failures = 0;
                    Box::pin(self.quiet(head, pruning.next()))
                }
                Err(error) => {
                    failures += 1;
                    let pause = self.0.retry.pause(failures, self.0.randomness.fraction());
                    tracing::warn!(failures, error = %error.without_payload(), "the log cannot be followed: trying again");
                    let over = self.0.clock.until(self.now().saturating_add(pause).unwrap_or(Timestamp::MAX));
                    Box::pin(async move {
                        over.await;
                        Ok(())
                    })
                }
            };
            let Some(ended) = unless_stopped(quiet, shutdown.as_mut()).await else {
                return;
            };
            if let Err(error) = ended {
                // Whoever cannot wait can perhaps read; if not, the next round says so.
                tracing::debug!(error = %error.without_payload(), "the store does not tell when the log grows");
                let pause = self.0.retry.pause(1, self.0.randomness.fraction());
                let over = self.0.clock.until(self.now().saturating_add(pause).unwrap_or(Timestamp::MAX));
                if unless_stopped(over, shutdown.as_mut()).await.is_none() {
                    return;
                }
            }
        }
    }

    /// Learns what others have done, and does what is left.
    async fn round(&self, stopping: &AtomicBool, pruning: &mut Pruning) -> Result<u64, Error> {
        self.learn_from_others().await?;
        let head = self.settle_unless(PASSES, || stopping.load(Ordering::Relaxed)).await?;
        if !stopping.load(Ordering::Relaxed) {
            self.prune_some(pruning).await;
        }
        Ok(head)
    }

    /// Waits until there may be something to do: the log has grown, something is due, or it is time to look again.
    async fn quiet(&self, head: u64, prune_at: Timestamp) -> Result<(), Error> {
        if self.0.delivery.lock().known() > head {
            return Ok(());
        }
        let begun = self.now();
        let after = |time: Timestamp, by| time.saturating_add(by).unwrap_or(Timestamp::MAX);
        let mut written = self.0.store.wait(head);
        let mut timer: Option<(Timestamp, BoxFuture<'static, ()>)> = None;
        poll_fn(|context| {
            while let Poll::Ready(head) = written.as_mut().poll(context) {
                match head {
                    // What this process has written and handled by itself is no reason to look.
                    Ok(head) if self.0.delivery.lock().is_settled(head) => written = self.0.store.wait(head),
                    done => return Poll::Ready(done.map(drop)),
                }
            }
            self.0.delivery.lock().wait(context.waker());
            let due = match self.next_due() {
                // It was due and could not be done: somebody else is at it.
                Some(due) if due <= begun => after(begun, self.0.retry.first),
                due => due.unwrap_or(Timestamp::MAX),
            };
            let due = due.min(prune_at).min(after(begun, LOOK_AGAIN));
            let (_, reached) = match timer.take() {
                Some(known) if known.0 == due => timer.insert(known),
                _ => timer.insert((due, self.0.clock.until(due))),
            };
            reached.as_mut().poll(context).map(Ok)
        })
        .await
    }

    /// Looks how far others have brought the consumers, and what they have parked: what is handled is not handled again.
    async fn learn_from_others(&self) -> Result<(), Error> {
        let checkpoints: FxHashMap<Arc<str>, u64> = self.0.store.checkpoints().await?.into_iter().collect();
        let at = |name: &Arc<str>| checkpoints.get(name).copied().unwrap_or_default();
        for (consumer, subscription) in self.0.catalog.subscriptions.iter().enumerate() {
            let (follows, revision) = {
                let mut delivery = self.0.delivery.lock();
                (delivery.passed_by_others(consumer, at(&subscription.name)), delivery.revision(consumer))
            };
            // Behind what this engine knows: somebody has put an older state in the place of what was there, unless this engine
            // has gone on since it asked.
            if !follows && self.0.store.checkpoint(&subscription.name).await? < self.0.delivery.lock().checkpoint(consumer) {
                self.overtaken(consumer).await?;
            } else if revision < at(&subscription.parking) {
                let parked = ParkedMessages::load(&*self.0.store, subscription).await?;
                self.0.delivery.lock().reparked(consumer, parked);
            }
        }
        // Nobody tells of timers: a step of another engine that it has passed itself is not met here.
        self.learn_timers(LOOK_AGAIN).await
    }
}

/// Drives work to its end; notes meanwhile that it is time to stop.
async fn until_done<T>(
    work: impl Future<Output = T>,
    mut shutdown: Pin<&mut impl Future<Output = ()>>,
    stopping: &AtomicBool,
) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        if !stopping.load(Ordering::Relaxed) && shutdown.as_mut().poll(context).is_ready() {
            stopping.store(true, Ordering::Relaxed);
        }
        work.as_mut().poll(context)
    })
    .await
}

/// Waits for something, unless it is time to stop: then `None`.
async fn unless_stopped<T>(waiting: impl Future<Output = T>, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> Option<T> {
    let mut waiting = pin!(waiting);
    poll_fn(|context| match shutdown.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => waiting.as_mut().poll(context).map(Some),
    })
    .await
}
