//! What a person can do with one process: look at it, let it try again, end it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Engine, Known, next::Next, storing::Steps};
use crate::{
    Error, MessageId, Origin, Recorded, StreamName,
    domain::ProcessTypes,
    process::{Issued, ProcessStatus, Transition},
    store::{Direction, PageLimit, ReadFrom},
};

/// A process, as a person looks at it.
#[derive(Clone, Debug)]
pub struct ProcessInspection {
    /// Its stream.
    pub stream: StreamName,
    /// Its steps with their records, the newest first; as many as were asked for.
    pub steps: Vec<(Arc<Recorded>, Transition)>,
    /// What it waits for; nothing when it is over.
    pub waits_for: Vec<Waiting>,
}

impl ProcessInspection {
    /// Its last step: status, state, timers.
    ///
    /// # Panics
    /// Never: a process has at least one step.
    pub fn last(&self) -> &Transition {
        &self.steps.first().expect("a process has at least one step").1
    }
}

/// Something a process waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Waiting {
    /// The answer to a command.
    Answer {
        /// Its name.
        command: String,
        /// Its identity.
        id: MessageId,
    },
    /// A timer.
    Timer {
        /// Its name.
        name: String,
        /// When it fires.
        due: Timestamp,
    },
    /// Somebody who retries it or ends it.
    Person {
        /// Why.
        reason: String,
    },
    /// A message that it could not handle, which is tried again or needs a person.
    Parked {
        /// The message's position in the log.
        position: u64,
        /// Why; `None`: it waits behind another.
        error: Option<String>,
    },
}

impl Engine {
    /// A process with its newest `steps` steps and what it waits for.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such process; [`Corrupt`](crate::ErrorKind::Corrupt) when its steps cannot be
    /// read; [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn inspect_process(&self, stream: &StreamName, steps: usize) -> Result<ProcessInspection, Error> {
        let (_, types) = self.types_of_stream(stream)?;
        let from = ReadFrom::Stream { name: stream, position: u64::MAX, direction: Direction::Backwards };
        let page = self.0.store.read(from, PageLimit { records: steps.max(1), ..PageLimit::default() }).await?;
        let steps = page.into_iter().map(|record| Transition::of(&record).map(|step| (record, step)));
        let steps = steps.collect::<Result<Vec<_>, Error>>()?;
        let Some((_, last)) = steps.first() else {
            return Err(no_process(stream));
        };
        let mut waits_for = Vec::new();
        if !last.status.is_over() {
            for command in steps.iter().take(1).flat_map(|(_, step)| &step.issued) {
                if self.0.store.settlement(command.id).await?.is_none() {
                    let Issued { id, name, .. } = command;
                    waits_for.push(Waiting::Answer { command: name.to_string(), id: *id });
                }
            }
            waits_for.extend(last.timers.iter().map(|(name, due)| Waiting::Timer { name: name.to_string(), due: *due }));
            if last.status == ProcessStatus::NeedsPerson {
                waits_for.push(Waiting::Person { reason: last.reason.clone().unwrap_or_default() });
            }
        }
        let subscription = format!("{}.{}", self.domain(), types.row.name);
        let parked = self.0.store.parked(&subscription).await?.into_iter().filter(|parked| parked.stream == *stream);
        waits_for.extend(
            parked
                .map(|parked| Waiting::Parked { position: parked.position, error: parked.failure.map(|failure| failure.error) }),
        );
        Ok(ProcessInspection { stream: stream.clone(), steps, waits_for })
    }

    /// Lets a process that needs a person try again: the command it is stuck at is issued again, as a new one.
    ///
    /// A process that is stuck because a message of it is parked is let on with [`retry_parked`](Engine::retry_parked).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such process; [`Invalid`](crate::ErrorKind::Invalid) when it does not need a person;
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn retry_process(&self, stream: &StreamName) -> Result<(), Error> {
        self.decide(stream, |known, next| {
            let status = known.transition.status;
            let retried = if status == ProcessStatus::NeedsPerson { next.retried() } else { None };
            retried.ok_or_else(|| Error::invalid(format!("`{stream}` needs no person: it is `{status}`")))
        })
        .await
    }

    /// Ends a process by hand. Its timers are gone, commands that have not been carried out never are, and the reason stands in its
    /// stream. What was done stays done.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such process; [`Invalid`](crate::ErrorKind::Invalid) when it is over, or without a
    /// reason; [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn end_process(&self, stream: &StreamName, reason: &str) -> Result<(), Error> {
        if reason.trim().is_empty() {
            return Err(Error::invalid("a process is ended for a reason: say which"));
        }
        self.decide(stream, |known, next| match known.transition.status {
            status if status.is_over() => Err(Error::invalid(format!("`{stream}` is over: it is `{status}`"))),
            _ => Ok(next.ended(reason)),
        })
        .await?;
        tracing::warn!(process = %stream, "a process was ended by hand");
        Ok(())
    }

    /// A step whose commands are not carried out cannot be dropped.
    pub(in crate::engine) async fn refuse_to_drop_step(&self, subscription: &str, position: u64) -> Result<(), Error> {
        let from = ReadFrom::All { position, direction: Direction::Forwards };
        let page = self.0.store.read(from, PageLimit { records: 1, ..PageLimit::default() }).await?;
        let Some(record) = page.into_iter().next().filter(|record| record.metadata.global_position == position) else {
            return Ok(());
        };
        let own = self
            .process_types()
            .any(|(place, types)| types.is_own(&record) && &*self.0.catalog.subscriptions[place].name == subscription);
        let stream = &record.metadata.stream;
        match own && !self.known_now(stream).await?.is_some_and(|known| known.transition.status == ProcessStatus::Ended) {
            true => Err(Error::invalid(format!(
                "the message at position {position} is a step of `{stream}` whose commands are not carried out, which the process \
                 would take for done: retry it, or end the process by hand"
            ))),
            false => Ok(()),
        }
    }

    /// Stores a step that a person makes, on the process as it is.
    async fn decide(
        &self,
        stream: &StreamName,
        decide: impl Fn(&Known, &Next<'_>) -> Result<Transition, Error>,
    ) -> Result<(), Error> {
        let (consumer, types) = self.types_of_stream(stream)?;
        loop {
            let known = self.known_now(stream).await?.ok_or_else(|| no_process(stream))?;
            let now = self.now();
            let id = MessageId::from_uuid(self.0.randomness.uuid(now));
            let step = decide(&known, &Next { row: types.row, last: Some(&known.transition), id, now, at: None })?;
            let origin: &Origin = &known.origin;
            let steps = Steps { types, stream, known: Some(&known), cause: known.id, origin, steps: vec![(id, step)] };
            if self.store_steps(steps, |_| {}).await? {
                break;
            }
        }
        // What is parked for it meets what was decided. In memory: after a crash, it waits for a person once more.
        self.0.delivery.lock().wake_parked(consumer, stream, self.now());
        self.settle().await
    }

    /// The process manager that this is a stream of, with its place among the consumers.
    fn types_of_stream(&self, stream: &StreamName) -> Result<(usize, &ProcessTypes), Error> {
        self.process_types().find(|(_, types)| types.category == stream.category()).ok_or_else(|| no_process(stream))
    }
}

fn no_process(stream: &StreamName) -> Error {
    Error::not_found(format!("there is no process `{stream}`"))
}
