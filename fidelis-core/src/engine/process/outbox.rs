//! A process' own transitions, as its consumer meets them: the commands in them are carried out, and what they were answered is
//! taken in.

use std::sync::Arc;

use super::{
    Engine, Known,
    counts::Ignored,
    intake::{Aside, Decided, Ready, Work},
    issue::refuse,
    next::Next,
};
use crate::{
    Envelope, Error, ErrorKind, MessageId, Recorded, Rejection, StreamName,
    domain::ProcessTypes,
    engine::{panics, unit::Unit},
    process::{Answer, Cause, Issued, ProcessStatus, Stepped, Transition},
    store::{Failure, Outcome},
};

/// A refusal with this field and no other stands for a command that was given up: it is settled so that it never happens.
const GIVEN_UP: &str = "given up";

/// What a command of a transition was answered.
pub(super) enum Answered {
    Accepted,
    Rejected(Rejection),
    /// It was given up, after this error.
    Failed(String),
}

/// A transition and what its commands were answered, or why one of them could not be carried out.
pub(super) type Carried = Result<(Transition, Vec<Answered>), Error>;

impl Engine {
    /// Carries out the commands of one process' transitions, up to one that cannot be. By the positions of the transitions.
    pub(super) async fn carry_out_in_order(
        &self,
        types: &ProcessTypes,
        stream: &StreamName,
        records: &[&Arc<Recorded>],
    ) -> Vec<(u64, Carried)> {
        let mut all = Vec::with_capacity(records.len());
        for record in records {
            let carried = self.carry_out(types, stream, record, None).await;
            let stop = carried.is_err();
            all.push((record.metadata.global_position, carried));
            if stop {
                break;
            }
        }
        all
    }

    /// Carries out the commands of one transition, in their order.
    async fn carry_out(&self, types: &ProcessTypes, stream: &StreamName, record: &Recorded, before: Option<&Failure>) -> Carried {
        let transition = Transition::of(record)?;
        if transition.issued.is_empty() {
            return Ok((transition, Vec::new()));
        }
        // Between two attempts a person may have decided, wherever.
        let known = if before.is_some() { self.known_now(stream).await? } else { self.known(stream).await? };
        let last = known.as_ref().map(|known| &known.transition);
        let status = last.map(|last| last.status);
        // What a person has ended does nothing any more, and what was carried out needs not be asked about again.
        let is_done = before.is_none() && last.is_some_and(|last| record.metadata.global_position <= last.handled);
        if status == Some(ProcessStatus::Ended) || is_done {
            return Ok((transition, Vec::new()));
        }
        // What is caused by undoing does not look like what the process wanted.
        let process = if transition.undoes { types.undoing(stream) } else { stream.clone() };
        let is_first = self.0.processes.is_new(record.metadata.id);
        let mut answers = Vec::with_capacity(transition.issued.len());
        for command in &transition.issued {
            let envelope = || Envelope::issued(command.id, is_first, &record.metadata, &process);
            if let Some(answer) = self.scripted(command, envelope).await? {
                answers.push(answer);
                continue;
            }
            let answer = match types.issued(&command.name) {
                Some(_) if self.0.trace.as_ref().is_some_and(|trace| trace.is_alone()) => Ok(Answer::Accepted),
                Some(row) => {
                    let executed =
                        panics::caught_async(&command.name, (row.command.execute)(self, &command.payload.0, envelope())).await;
                    executed.and_then(|executed| executed)
                }
                None => {
                    let text = format!("`{}` issued `{}`", types.row.name, command.name);
                    Err(Error::failed(
                        text,
                        "this version of it issues no such command; bring it back, or end the process by hand",
                    ))
                }
            };
            let answer = match answer {
                Err(error) if self.gives_up(types, stream, &transition, &command.name, before).await => {
                    tracing::warn!(process = %stream, command = &*command.name, "a command that failed is given up");
                    // If it happened after all, that is its answer; if not, it never will.
                    let why = Rejection::new(GIVEN_UP, error.to_string());
                    refuse(self, &Unit::begin(self, envelope()), why).await?
                }
                answer => answer?,
            };
            answers.push(match answer {
                Answer::Accepted => Answered::Accepted,
                Answer::Rejected(why) => given_up(&why).map_or(Answered::Rejected(why), Answered::Failed),
            });
        }
        // What has been asked for while the commands were carried out counts: an undoing has to wait for what they led to. Who asks
        // from here on stands behind that in the log.
        if self.known_now(stream).await.is_err() {
            // Whoever decides on the answers reads it, or says why not.
            self.0.processes.forget(stream);
        }
        Ok((transition, answers))
    }

    /// Whether a command that has failed is never tried again: it has failed too often, or is to be undone anyway.
    async fn gives_up(
        &self,
        types: &ProcessTypes,
        stream: &StreamName,
        transition: &Transition,
        command: &str,
        before: Option<&Failure>,
    ) -> bool {
        if self.is_last_attempt(before) && can_fail(types, command) {
            return true;
        }
        // What stands in memory may be older than what another engine has led the process to.
        let known = if transition.undoes { None } else { self.known_now(stream).await.ok().flatten() };
        known.is_some_and(|known| known.transition.status == ProcessStatus::Undoing)
    }

    /// What a test says that a command is answered. Settled, so that the answer stays the same.
    async fn scripted(&self, command: &Issued, envelope: impl Fn() -> Envelope) -> Result<Option<Answered>, Error> {
        let Some(trace) = &self.0.trace else {
            return Ok(None);
        };
        let settled = self.0.store.settlement(command.id).await?;
        let Some(why) = settled.is_none().then(|| trace.take_rejection(&command.name)).flatten() else {
            let rejected = settled.and_then(|settlement| match settlement.outcome {
                Outcome::Rejected(why) => Some(Answered::Rejected(why)),
                Outcome::Accepted(_) => None,
            });
            return Ok(rejected.filter(|_| trace.is_alone()));
        };
        match refuse(self, &Unit::begin(self, envelope()), why).await? {
            Answer::Accepted => Ok(Some(Answered::Accepted)),
            Answer::Rejected(why) => Ok(Some(Answered::Rejected(why))),
        }
    }

    fn is_last_attempt(&self, before: Option<&Failure>) -> bool {
        before.map_or(0, |before| before.attempts) + 1 >= self.0.retry.attempts
    }

    /// What one of a process' own transitions leads to, with what its commands were answered.
    pub(super) async fn decide_on_answers(
        &self,
        work: &Work<'_>,
        stream: &StreamName,
        record: &Arc<Recorded>,
        carried: &mut Option<Carried>,
    ) -> Result<Decided, Error> {
        let done = match carried.take() {
            Some(carried) => carried,
            None => self.carry_out(work.types, stream, record, work.before).await,
        };
        let (transition, answers) = match done {
            Ok(done) => carried.insert(Ok(done)).as_ref().expect("it is not an error"),
            Err(error) => {
                if let Ok(transition) = Transition::of(record) {
                    self.0.processes.met(stream, record, &transition);
                }
                return Ok(Aside::failed(stream, error));
            }
        };
        // Another engine may have made the step: its timers are everybody's.
        self.0.processes.met(stream, record, transition);
        let known = match self.known(stream).await {
            Ok(Some(known)) => known,
            Ok(None) => return Ok(Aside::failed(stream, Error::not_found(format!("`{stream}` has no transitions")))),
            Err(error) if error.kind() == ErrorKind::Corrupt => return Ok(Aside::failed(stream, error)),
            Err(error) => return Err(error),
        };
        if work.has_handled(&known, record) {
            return Ok(Decided::Passed);
        }
        match self.steps_on(work, stream, record, transition, answers, &known) {
            Ok(steps) if steps.is_empty() => Ok(Decided::Passed),
            Ok(steps) => {
                Ok(Decided::Steps(Ready { stream: stream.clone(), known: Some(known), record: Arc::clone(record), steps }))
            }
            Err(error) => Ok(Aside::failed(stream, error)),
        }
    }

    /// The steps that a transition and the answers to its commands lead to.
    fn steps_on(
        &self,
        work: &Work<'_>,
        stream: &StreamName,
        record: &Recorded,
        transition: &Transition,
        answers: &[Answered],
        known: &Known,
    ) -> Result<Vec<(MessageId, Transition)>, Error> {
        let row = work.types.row;
        let mut steps: Vec<(MessageId, Transition)> = Vec::new();
        let last = |steps: &[(MessageId, Transition)]| steps.last().map_or(known.transition.clone(), |(_, last)| last.clone());
        for (command, answer) in transition.issued.iter().zip(answers) {
            let last = last(&steps);
            let refused = !matches!(answer, Answered::Accepted);
            if refused && last.status.is_over() {
                self.0.processes.count(row.name, Ignored::Late);
                tracing::warn!(process = %stream, command = &*command.name, "a command was refused when its process was over");
                continue;
            }
            let id = command.id.derived(&work.subscription.name, 0);
            let next = Next { row, last: Some(&last), id, now: self.now(), at: Some(record.metadata.global_position) };
            let refused = match answer {
                Answered::Accepted => continue,
                Answered::Rejected(why) => rejected(work.types, &next, transition, command, why)?,
                Answered::Failed(error) => failed(work.types, &next, transition, command, error)?,
            };
            steps.push((id, refused));
        }
        let last = last(&steps);
        if !steps.is_empty() || last.status != ProcessStatus::Undoing {
            return Ok(steps);
        }
        let id = record.metadata.id.derived("undoing", 0);
        let next = Next { row, last: Some(&last), id, now: self.now(), at: Some(record.metadata.global_position) };
        if !answers.is_empty() {
            // Recorded, so that what the commands led to, which stands before this in the log, is handled first.
            return Ok(vec![(id, next.answered(record.metadata.position))]);
        }
        // Only the last transition lets the undoing go on: whatever was issued before it is answered, and no other does the same.
        if record.metadata.position != known.position || !transition.issued.is_empty() {
            return Ok(steps);
        }
        let Some(command) = last.undoable.last() else {
            let step = row.undone.as_ref();
            let reason = last.reason.as_deref().unwrap_or_default();
            let stepped = step.map(|step| Ok::<_, Error>((step.name, call(step.name, || (step.call)(&last.state.0, reason))?)));
            return Ok(vec![(id, next.undone(stepped.transpose()?))]);
        };
        let Some(step) = row.undos.iter().find(|undo| undo.command == command.name) else {
            let text = format!("`{}` cannot undo `{}`", row.name, command.name);
            return Err(Error::failed(text, "its `#[undo]` method is gone; bring it back, or end the process by hand"));
        };
        let stepped = call(step.name, || (step.call)(&last.state.0, &command.payload.0))?;
        Ok(vec![(id, next.undo(step.name, command, stepped))])
    }
}

fn rejected(
    types: &ProcessTypes,
    next: &Next<'_>,
    transition: &Transition,
    command: &Issued,
    why: &Rejection,
) -> Result<Transition, Error> {
    let step = types.issued(&command.name).and_then(|row| row.on_rejected.as_ref());
    let stepped = step
        .map(|step| Ok::<_, Error>((step.name, call(step.name, || (step.call)(next.state_text(), &command.payload.0, why))?)));
    let cause = Cause::Rejected { command: command.id, name: command.name.clone(), why: why.clone() };
    Ok(next.refused(command, transition.undoes, cause, &why.to_string(), stepped.transpose()?))
}

fn failed(
    types: &ProcessTypes,
    next: &Next<'_>,
    transition: &Transition,
    command: &Issued,
    error: &str,
) -> Result<Transition, Error> {
    let step = failure_step(types, &command.name);
    let stepped = step
        .map(|step| Ok::<_, Error>((step.name, call(step.name, || (step.call)(next.state_text(), &command.payload.0, error))?)));
    let cause = Cause::Failed { command: command.id, name: command.name.clone(), error: error.to_owned() };
    Ok(next.refused(command, transition.undoes, cause, error, stepped.transpose()?))
}

fn failure_step(types: &ProcessTypes, command: &str) -> Option<&'static crate::process::FailedStep> {
    let failures = types.row.failures;
    let own = failures.iter().find(|step| step.command == Some(command));
    own.or_else(|| failures.iter().find(|step| step.command.is_none()))
}

fn can_fail(types: &ProcessTypes, command: &str) -> bool {
    failure_step(types, command).is_some()
}

/// The error after which a command was given up, if that is what its refusal stands for.
fn given_up(why: &Rejection) -> Option<String> {
    let mut messages = why.messages();
    match (messages.next(), messages.next()) {
        (Some((GIVEN_UP, [error])), None) => Some(error.to_string()),
        _ => None,
    }
}

/// Calls a step: the domain's own code.
pub(super) fn call(name: &str, step: impl FnOnce() -> Result<Stepped, Error>) -> Result<Stepped, Error> {
    panics::caught(name, step)?
}
