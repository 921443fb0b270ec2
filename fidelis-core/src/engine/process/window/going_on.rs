//! What is under way in a window: handing over, waiting for answers, noting what is stored.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{AT_ONCE, Got, Storing, UNSTORED, UnderWay, Window};
use crate::{
    BoxFuture, Error, Recorded, StreamName,
    engine::process::{intake::Ready, outbox::Carried},
    store::CheckpointMove,
};

impl<'a> Window<'a> {
    /// There is nothing to be stored because of a record, but now and then the checkpoint.
    pub(super) async fn pass(&mut self, place: usize, record: &Recorded) {
        let position = record.metadata.global_position;
        if position.saturating_sub(self.checkpoint) < UNSTORED {
            self.under_way.push_back(UnderWay { place, position, process: None, commit: Storing::Nothing });
            return self.settle();
        }
        let (engine, moved) = (self.engine, self.moved(position));
        let stored = async move { engine.store_checkpoint(moved).await.map(|()| true) };
        self.hand_over(place, position, None, Box::pin(stored)).await;
    }

    pub(super) async fn make_steps(&mut self, place: usize, ready: Ready) {
        let position = ready.record.metadata.global_position;
        let process = Some((ready.stream.clone(), ready.known.is_none()));
        self.stepping.insert(ready.stream.clone());
        let (engine, types, moved) = (self.engine, self.types, self.moved(position));
        let stored = async move { ready.store(engine, types, |commit| commit.checkpoints.push(moved)).await };
        self.hand_over(place, position, process, Box::pin(stored)).await;
    }

    /// Lets the store take a commit, behind all that it has been given before: it does when it is asked for the first time.
    async fn hand_over(
        &mut self,
        place: usize,
        position: u64,
        process: Option<(StreamName, bool)>,
        mut stored: BoxFuture<'a, Result<bool, Error>>,
    ) {
        let answer = poll_fn(|context| Poll::Ready(stored.as_mut().poll(context))).await;
        let commit = match answer {
            Poll::Ready(answer) => Storing::Answered(answer),
            Poll::Pending => Storing::HandedOver(stored),
        };
        self.under_way.push_back(UnderWay { place, position, process, commit });
        self.settle();
    }

    /// Moves the checkpoint behind all that is under way.
    pub(super) fn moved(&mut self, to: u64) -> CheckpointMove {
        let from = std::mem::replace(&mut self.checkpoint, to);
        CheckpointMove { subscription: Arc::clone(&self.subscription.name), from, to }
    }

    /// What the commands of a transition were answered.
    pub(super) async fn carried(&mut self, process: &StreamName, position: u64) -> Option<Carried> {
        poll_fn(|context| {
            self.poll(context);
            if self.unanswered.contains(process) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.carried_out.remove(&position)
    }

    /// Lets the commands go out before any step is made.
    pub(super) async fn begin(&mut self) {
        poll_fn(|context| {
            self.poll(context);
            Poll::Ready(())
        })
        .await;
    }

    /// Waits until all commands are answered.
    pub(super) async fn all_carried_out(&mut self) {
        poll_fn(|context| {
            self.poll(context);
            if self.unanswered.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Waits for the store's answers to all that is under way.
    pub(super) async fn all_stored(&mut self) -> Result<Got, Error> {
        poll_fn(|context| {
            self.poll(context);
            let mut commits = self.under_way.iter().map(|under_way| &under_way.commit);
            if commits.any(|commit| matches!(commit, Storing::HandedOver(_))) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        let Some(first) = self.under_way.pop_front() else {
            return Ok(Got::Decided);
        };
        // What came behind it was refused with it.
        self.under_way.clear();
        self.stepping.clear();
        self.checkpoint = self.engine.0.delivery.lock().checkpoint(self.consumer);
        match first.commit {
            Storing::Answered(Err(error)) => Err(error),
            Storing::Nothing | Storing::HandedOver(_) | Storing::Answered(Ok(_)) => Ok(Got::Overtaken(first.place)),
        }
    }

    /// Whether the first that is under way was not stored.
    pub(super) fn is_broken(&self) -> bool {
        self.under_way.front().is_some_and(|first| matches!(first.commit, Storing::Answered(_)))
    }

    /// Lets everything go on that is under way.
    fn poll(&mut self, context: &mut Context<'_>) {
        loop {
            while self.carrying_out.len() < AT_ONCE
                && let Some((stream, records)) = self.waiting.pop_front()
            {
                let (engine, types) = (self.engine, self.types);
                let future = async move { engine.carry_out_in_order(types, stream, &records).await };
                self.carrying_out.push((stream, Box::pin(future)));
            }
            let (unanswered, carried_out) = (&mut self.unanswered, &mut self.carried_out);
            self.carrying_out.retain_mut(|(stream, future)| match future.as_mut().poll(context) {
                Poll::Pending => true,
                Poll::Ready(carried) => {
                    unanswered.remove(stream);
                    let is_command = |carried: &Carried| carried.as_ref().is_ok_and(|(step, _)| step.issued.is_empty());
                    self.any_carried_out |= carried.iter().any(|(_, carried)| !is_command(carried));
                    carried_out.extend(carried);
                    false
                }
            });
            if self.waiting.is_empty() || self.carrying_out.len() >= AT_ONCE {
                break;
            }
        }
        for under_way in &mut self.under_way {
            if let Storing::HandedOver(future) = &mut under_way.commit
                && let Poll::Ready(answer) = future.as_mut().poll(context)
            {
                under_way.commit = Storing::Answered(answer);
            }
        }
        self.settle();
    }

    /// Notes what is stored, with all before it.
    fn settle(&mut self) {
        while let Some(first) = self.under_way.front() {
            match (&first.commit, &first.process) {
                (Storing::Nothing, _) => self.engine.0.delivery.lock().skipped(self.consumer, first.position),
                (Storing::Answered(Ok(true)), process) => {
                    if let Some((process, _)) = process {
                        self.stepping.remove(process);
                    }
                    let started = process.as_ref().filter(|(_, starts)| *starts).map(|(process, _)| process);
                    self.stored(first.position, started);
                }
                (Storing::HandedOver(_) | Storing::Answered(_), _) => break,
            }
            self.under_way.pop_front();
        }
    }

    /// Waits for something, and lets everything go on meanwhile: a connection to the store may have been given to what is under way,
    /// and who waits for the next one would wait for ever if nobody used it.
    pub(super) async fn beside<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            let polled = future.as_mut().poll(context);
            if polled.is_pending() {
                self.poll(context);
            }
            polled
        })
        .await
    }

    /// What a record led to is stored; it started this process.
    pub(super) fn stored(&self, position: u64, started: Option<&StreamName>) {
        let mut delivery = self.engine.0.delivery.lock();
        delivery.advanced(self.consumer, position);
        if let Some(process) = started {
            // In memory: after a crash they are tried again when their time is over.
            delivery.wake_parked(self.consumer, &self.types.early(process), self.engine.now());
        }
    }
}
