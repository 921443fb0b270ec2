//! From one transition to the next: pure, the rules of the table in [`crate::process`].

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

use crate::{
    Error, MessageId, clock,
    process::{Cause, Definition, Effect, Issued, JsonText, ProcessRow, ProcessStatus, Stepped, Stuck, Transition},
};

/// No timer fires sooner than this.
const SHORTEST: SignedDuration = SignedDuration::from_millis(1);

/// What a step begins with besides its message.
pub(crate) struct Next<'a> {
    pub(crate) row: &'static ProcessRow,
    /// The process as it is; none before its first step.
    pub(crate) last: Option<&'a Transition>,
    /// The identity that the step's record is going to have.
    pub(crate) id: MessageId,
    pub(crate) now: Timestamp,
    /// The position in the log of the message; none for timers and persons.
    pub(crate) at: Option<u64>,
}

impl Next<'_> {
    /// A step on an event or a timer.
    pub(crate) fn stepped(&self, step: &'static str, cause: Cause, stepped: Stepped, ends: bool) -> Transition {
        let mut next = self.begin(step, cause);
        if let Cause::Timer { name, .. } = &next.cause {
            next.timers.remove(name);
        }
        self.apply(&mut next, stepped);
        if ends {
            complete(&mut next);
        }
        next
    }

    /// A command is refused or has failed for good; `of_undoing`: it was to undo something. Without a step, it needs a person.
    pub(crate) fn refused(
        &self,
        command: &Issued,
        of_undoing: bool,
        cause: Cause,
        why: &str,
        step: Option<(&'static str, Stepped)>,
    ) -> Transition {
        let (name, stepped) = step.unwrap_or_else(|| ("refused", Stepped { state: self.state(), effects: Vec::new() }));
        // What was given up because it is to be undone anyway surprises nobody.
        let is_unwanted = |cause: &Cause, status| matches!(cause, Cause::Failed { .. }) && status == ProcessStatus::Undoing;
        let needs_person = stepped.effects.iter().any(|effect| matches!(effect, Effect::NeedPerson { .. }));
        let mut next = self.begin(name, cause);
        let handled = name != "refused" || is_unwanted(&next.cause, next.status);
        next.undoable.retain(|undoable| undoable.id != command.id);
        next.undoes = of_undoing;
        self.apply(&mut next, stepped);
        // What undoes has to be replaced, or the process stops where it is, for everybody to see.
        let goes_on = handled && (!of_undoing || !next.issued.is_empty());
        if next.status.is_over() {
            return next;
        }
        if !goes_on {
            next.stuck = Some(stuck_at(&mut next, command, of_undoing));
            next.status = ProcessStatus::NeedsPerson;
            next.reason = Some(format!("`{}` was refused: {why}", command.name));
        } else if needs_person && next.issued.is_empty() {
            // The step has put nothing in its place: that is what the person is asked about.
            next.stuck = Some(stuck_at(&mut next, command, of_undoing));
        }
        next
    }

    /// All commands of an earlier step are answered.
    pub(crate) fn answered(&self, step: u64) -> Transition {
        self.begin("answered", Cause::Answered { step })
    }

    /// The last command that can be undone is.
    pub(crate) fn undo(&self, step: &'static str, command: &Issued, stepped: Stepped) -> Transition {
        let mut next = self.begin(step, Cause::Undo { command: command.id, name: command.name.clone() });
        next.undoable.retain(|undoable| undoable.id != command.id);
        (next.undoes, next.undoing) = (true, true);
        self.apply(&mut next, stepped);
        next
    }

    /// All is undone. Without a step, the process is over.
    pub(crate) fn undone(&self, step: Option<(&'static str, Stepped)>) -> Transition {
        let Some((name, stepped)) = step else {
            let mut next = self.begin("undone", Cause::Undone);
            complete(&mut next);
            return next;
        };
        let mut next = self.begin(name, Cause::Undone);
        (next.status, next.undoing) = (ProcessStatus::Running, false);
        self.apply(&mut next, stepped);
        next
    }

    /// What it is stuck at is tried again; `None` when it is stuck at nothing.
    pub(crate) fn retried(&self) -> Option<Transition> {
        let stuck = self.last?.stuck.clone()?;
        let mut next = self.begin("retried", Cause::Retried);
        (next.status, next.reason, next.undoes, next.stuck) = (stuck.status, stuck.reason, stuck.undoes, None);
        for command in stuck.command.into_iter().chain(stuck.others) {
            self.issue(&mut next, command.name, command.version, command.payload);
        }
        // One that was started again meanwhile goes on as it is.
        for timer in stuck.timers {
            next.timers.entry(timer).or_insert(self.now);
        }
        Some(next)
    }

    /// The step on a timer has failed: it needs a person. On a retry the timer fires again.
    pub(crate) fn timer_failed(&self, cause: Cause, name: Cow<'static, str>, error: &Error) -> Transition {
        let effects = vec![Effect::NeedPerson { reason: format!("timer `{name}`: {error}") }];
        let mut next = self.stepped("timer", cause, Stepped { state: self.state(), effects }, false);
        if let Some(stuck) = &mut next.stuck {
            stuck.timers.push(name);
        }
        next
    }

    /// A person ends it.
    pub(crate) fn ended(&self, reason: &str) -> Transition {
        let mut next = self.begin("ended", Cause::Ended);
        complete(&mut next);
        next.status = ProcessStatus::Ended;
        next.reason = Some(reason.to_owned());
        next
    }

    /// The state, for a step.
    pub(crate) fn state_text(&self) -> &str {
        self.last.map_or("null", |last| &last.state.0)
    }

    fn state(&self) -> Box<str> {
        self.state_text().into()
    }

    /// The process as it is, about to change.
    fn begin(&self, step: &'static str, cause: Cause) -> Transition {
        let definition = Definition(self.row.definition);
        let step = Cow::Borrowed(step);
        let status = self.last.map_or(ProcessStatus::Running, |last| last.status);
        Transition {
            step,
            cause,
            status,
            definition,
            state: JsonText(self.state()),
            // What waited for the start of the process is older than that.
            handled: self.last.map_or(0, |last| last.handled).max(self.at.unwrap_or_default()),
            reason: self.last.and_then(|last| last.reason.clone()),
            issued: Vec::new(),
            undoes: false,
            undoing: self.last.is_some_and(|last| last.undoing),
            timers: self.last.map_or_else(BTreeMap::new, |last| last.timers.clone()),
            undoable: self.last.map_or_else(Vec::new, |last| last.undoable.clone()),
            stuck: self.last.and_then(|last| last.stuck.clone()),
        }
    }

    fn apply(&self, next: &mut Transition, stepped: Stepped) {
        next.state = JsonText(stepped.state);
        let mut is_over = false;
        for effect in stepped.effects {
            match effect {
                Effect::Issue { name, version, payload } => self.issue(next, name.into(), version, JsonText(payload)),
                Effect::StartTimer { name, after } => {
                    let due = self.due(after);
                    next.timers.entry(name.into()).or_insert(due);
                }
                Effect::RestartTimer { name, after } => {
                    next.timers.insert(name.into(), self.due(after));
                }
                Effect::CancelTimer { name } => {
                    next.timers.remove(name);
                }
                Effect::Undo { reason } => {
                    if next.status == ProcessStatus::Running {
                        next.status = ProcessStatus::Undoing;
                        next.reason = Some(reason);
                    }
                }
                Effect::Keep => {
                    if !next.undoing {
                        next.undoable.clear();
                        if next.status == ProcessStatus::Undoing {
                            (next.status, next.reason) = (ProcessStatus::Running, None);
                        }
                    }
                }
                Effect::NeedPerson { reason } => {
                    next.stuck = Some(stop(next));
                    (next.status, next.reason) = (ProcessStatus::NeedsPerson, Some(reason));
                }
                Effect::Complete => is_over = true,
            }
        }
        if is_over {
            complete(next);
        }
    }

    fn issue(&self, next: &mut Transition, name: Cow<'static, str>, version: u32, payload: JsonText) {
        // Never more than a handful.
        let id = self.id.derived("issued", next.issued.len() as u32);
        let issued = Issued { id, name, version, payload };
        if !next.undoes && self.row.undos.iter().any(|undo| undo.command == issued.name) {
            next.undoable.push(issued.clone());
        }
        next.issued.push(issued);
    }

    fn due(&self, after: SignedDuration) -> Timestamp {
        // Never at once: a timer that starts itself again would leave no time for anything else.
        let due = self.now.saturating_add(after.max(SHORTEST)).expect("a duration has no calendar units");
        // To the microsecond, which every store can hold, and rather late than early; behind the last one there is none.
        let round = TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Ceil);
        due.round(round).unwrap_or_else(|_| clock::recorded(due))
    }
}

/// Where a process stops; where it has stopped already, if it has.
fn stop(next: &mut Transition) -> Stuck {
    let (status, reason) = (next.status, next.reason.clone());
    let stopped = Stuck { status, reason, command: None, others: Vec::new(), undoes: false, timers: Vec::new() };
    next.stuck.take().unwrap_or(stopped)
}

/// The same, at a command that it could not do without.
fn stuck_at(next: &mut Transition, command: &Issued, undoes: bool) -> Stuck {
    let mut stuck = stop(next);
    match &stuck.command {
        Some(_) if stuck.undoes == undoes => stuck.others.push(command.clone()),
        // What is being undone is not tried again.
        Some(_) if stuck.undoes => {}
        _ => (stuck.command, stuck.others, stuck.undoes) = (Some(command.clone()), Vec::new(), undoes),
    }
    stuck
}

fn complete(next: &mut Transition) {
    next.status = ProcessStatus::Completed;
    next.timers.clear();
    next.undoable.clear();
    next.stuck = None;
}
