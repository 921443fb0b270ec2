//! Rows of process managers: plain data and functions, as the attributes write them.

use jiff::SignedDuration;

use super::{Effect, Effects, ProcessKey, ProcessManager};
use crate::{
    BoxFuture, Engine, Envelope, Error, EventType, Handled, HandlerResult, Recorded, Rejection, codec, engine::execute_issued,
    handler::Message,
};

/// What a step gives: the state after it, as JSON, and its effects in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepped {
    /// The state.
    pub state: Box<str>,
    /// The effects.
    pub effects: Vec<Effect>,
}

/// A step on a message. The state is `None` before the first step.
pub type CallEventStep = fn(Option<&str>, &Message) -> Result<Stepped, Error>;

/// A step on a command that was refused: state, command, why.
pub type CallRejected = fn(&str, &str, &Rejection) -> Result<Stepped, Error>;

/// A step on a command that failed for good: state, command, the last error.
pub type CallFailed = fn(&str, &str, &str) -> Result<Stepped, Error>;

/// A step on a timer: state.
pub type CallTimeout = fn(&str) -> Result<Stepped, Error>;

/// The step that undoes a command: state, the command that was carried out.
pub type CallUndo = fn(&str, &str) -> Result<Stepped, Error>;

/// The step when all is undone: state, the reason given to [`Effects::undo`].
pub type CallUndone = fn(&str, &str) -> Result<Stepped, Error>;

/// The key of the process that a message is for.
pub type KeyOfProcess = fn(&Message) -> Result<ProcessKey, Error>;

/// What became of a command that a process issued; for ever, however often it is asked again.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was carried out.
    Accepted,
    /// It was refused, and is never going to be carried out.
    Rejected(Rejection),
}

/// Decodes a command that a process issued and carries it out.
pub type ExecuteIssued = for<'a> fn(&'a Engine, &'a str, Envelope) -> BoxFuture<'a, Result<Answer, Error>>;

/// A process manager: one subscription, many processes.
pub struct ProcessRow {
    /// [`ProcessManager::NAME`].
    pub name: &'static str,
    /// [`ProcessManager::STREAM`].
    pub stream: &'static str,
    /// A fingerprint of what stored transitions have to fit: see [`with_steps_in_definition`](ProcessRow::with_steps_in_definition).
    pub definition: u64,
    /// Reads a stored state and says why it cannot be read.
    pub fits: fn(&str) -> Result<(), Error>,
    /// Its methods for events: `#[handle(..)]`.
    pub events: &'static [EventStep],
    /// The commands it may issue, with what their refusal means: `#[on_rejected]`, and those whose refusal needs a person.
    pub issues: &'static [IssuedRow],
    /// Its methods for commands that fail for good: `#[on_failed]`.
    pub failures: &'static [FailedStep],
    /// Its methods for timers: `#[on_timeout("name")]`.
    pub timeouts: &'static [TimeoutStep],
    /// Its methods that undo a command: `#[undo]`.
    pub undos: &'static [UndoStep],
    /// Its method for when all is undone: `#[on_undone]`.
    pub undone: Option<UndoneStep>,
    /// Whether one of its methods calls [`Effects::mark_as_complete`].
    pub completes: bool,
}

impl ProcessRow {
    /// The same, and its definition, up to here that of the state, covers what a stored transition may name besides: the type itself,
    /// commands, timers, what is undone. When one of them goes, processes are looked at that may still need it.
    #[must_use]
    pub const fn with_steps_in_definition(mut self) -> Self {
        self.definition = combined(self.definition, self.name, 0);
        let mut place = 0;
        while place < self.issues.len() {
            let command = &self.issues[place].command;
            self.definition = combined(combined(self.definition, "issues", command.version), command.name, 0);
            place += 1;
        }
        place = 0;
        while place < self.timeouts.len() {
            self.definition = combined(combined(self.definition, "timer", 0), self.timeouts[place].timer, 0);
            place += 1;
        }
        place = 0;
        while place < self.undos.len() {
            self.definition = combined(combined(self.definition, "undoes", 0), self.undos[place].command, 0);
            place += 1;
        }
        self
    }
}

/// FNV-1a, as the attributes make it of the state.
const fn combined(definition: u64, text: &str, number: u32) -> u64 {
    const PRIME: u64 = 0x100_0000_01b3;
    let (mut hash, text, mut place) = (definition, text.as_bytes(), 0);
    while place < text.len() {
        hash = (hash ^ text[place] as u64).wrapping_mul(PRIME);
        place += 1;
    }
    // No text has this byte: where one ends counts.
    (hash ^ 0xff ^ ((number as u64) << 8)).wrapping_mul(PRIME)
}

/// How a message finds its process.
#[derive(Clone, Copy)]
pub enum Route {
    /// It was caused by a command that the process issued.
    Issued,
    /// By a field of the message.
    Field(KeyOfProcess),
}

/// A method for an event.
pub struct EventStep {
    /// The method's name.
    pub name: &'static str,
    /// The event it takes.
    pub event: EventType,
    /// How the event finds its process.
    pub route: Route,
    /// Whether it starts a process; of those that exist already it is a repetition.
    pub starts: bool,
    /// Whether the process is over after it.
    pub ends: bool,
    /// How long an event waits for a process that has not started yet; `None`: it is for nobody. Only for routes by a field.
    pub waits: Option<SignedDuration>,
    /// Decodes the event and calls the method.
    pub call: CallEventStep,
}

/// A type of command that a process issues.
pub struct IssuedRow {
    /// Which.
    pub command: IssuedType,
    /// The method for its refusal; `None`: a refusal needs a person.
    pub on_rejected: Option<RejectedStep>,
}

/// A method for a refused command.
pub struct RejectedStep {
    /// The method's name.
    pub name: &'static str,
    /// Decodes the command and calls the method.
    pub call: CallRejected,
}

/// A method for a command that failed for good.
pub struct FailedStep {
    /// The method's name.
    pub name: &'static str,
    /// Which command; `None`: any for which there is no other method.
    pub command: Option<&'static str>,
    /// Decodes the command and calls the method.
    pub call: CallFailed,
}

/// A method for a timer.
pub struct TimeoutStep {
    /// The method's name.
    pub name: &'static str,
    /// The timer's name.
    pub timer: &'static str,
    /// Calls the method.
    pub call: CallTimeout,
}

/// A method that undoes a command.
pub struct UndoStep {
    /// The method's name.
    pub name: &'static str,
    /// Which command.
    pub command: &'static str,
    /// Decodes the command and calls the method.
    pub call: CallUndo,
}

/// The method for when all is undone.
pub struct UndoneStep {
    /// The method's name.
    pub name: &'static str,
    /// Calls the method.
    pub call: CallUndone,
}

/// A type of command, and how one is carried out.
#[derive(Clone, Copy)]
pub struct IssuedType {
    /// [`Command::NAME`](crate::Command::NAME).
    pub name: &'static str,
    /// [`Command::VERSION`](crate::Command::VERSION).
    pub version: u32,
    /// Decodes the command and carries it out.
    pub execute: ExecuteIssued,
}

impl IssuedType {
    /// The row of `C`.
    pub const fn of<C: Handled>() -> Self {
        IssuedType { name: C::NAME, version: C::VERSION, execute: execute_issued::<C> }
    }
}

/// Calls a method of a process: on its state, or on a new one; what rows of steps consist of.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when the state cannot be read; what the method returned.
pub fn step<P: ProcessManager, R: HandlerResult<Value = ()>>(
    state: Option<&str>,
    method: impl FnOnce(&mut P, &mut Effects<P>) -> Result<R, Error>,
) -> Result<Stepped, Error> {
    let mut process = match state {
        Some(state) => read::<P>(state)?,
        None => P::default(),
    };
    let mut then = Effects::default();
    method(&mut process, &mut then)?.into_result().map_err(crate::HandlerError::into_error)?;
    let effects = then.into_effects()?;
    let state = codec::to_json(&process);
    let state = state.map_err(|error| Error::failed(format!("the state of `{}` cannot be written as JSON", P::NAME), error))?;
    Ok(Stepped { state, effects })
}

/// Whether a stored state can be read.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when it cannot.
pub fn fits<P: ProcessManager>(state: &str) -> Result<(), Error> {
    read::<P>(state).map(drop)
}

/// The command that a step is about.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when it cannot be read.
pub fn issued<C: Handled>(payload: &str) -> Result<C, Error> {
    codec::from_json(payload)
        .map_err(|error| Error::corrupt_store(format!("a `{}` that a process issued cannot be read", C::NAME), error))
}

fn read<P: ProcessManager>(state: &str) -> Result<P, Error> {
    codec::from_json(state)
        .map_err(|error| Error::corrupt_store(format!("a stored state of `{}` cannot be read", P::NAME), error))
}

/// The record that a step is about, decoded.
///
/// # Errors
/// [`Corrupt`](crate::ErrorKind::Corrupt) when it cannot be read.
pub fn event<E: crate::Event>(message: &Recorded) -> Result<E, Error> {
    message.decode()
}
