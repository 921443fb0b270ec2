//! Process managers: what several aggregates do together, step by step, until it is done or undone.
//!
//! A process manager is a type; each of its processes has a key, a state and a stream, such as `fidelis::funds_transfer-{key}`. A
//! **step** is a pure function: state and message in, state and [`Effects`] out. What came in, the state and what goes out are one
//! record of that stream, a [`Transition`], stored in one commit with the subscription's checkpoint: the stream is inbox and outbox.
//! Commands that go out are carried out afterwards, each under an identity that follows from its step, so that the aggregate it
//! is for recognises a second delivery. Steps on events and on timers, the effects of both, and the answers to commands therefore
//! happen exactly once, whatever is interrupted and however often.
//!
//! # What happens when
//!
//! | comes in | not started | running | undoing | needs a person | over |
//! |---|---|---|---|---|---|
//! | an event that starts | the first step | repeated: counted | repeated | repeated | repeated |
//! | another event, by a field | waits as long as its method says, else unknown: counted | a step | a step | a step | late: counted |
//! | an event of what it issued, not of what a handler did about that | | a step | a step | a step | late: counted |
//! | a command is carried out | | nothing | the undoing goes on when all are answered | nothing | nothing |
//! | a command is refused | | `#[on_rejected]`; without it: needs a person | the same; of a command that undoes: `#[on_rejected]` has to issue another, else: needs a person | the same | late: counted |
//! | a command fails for good | | `#[on_failed]`; without it: parked | given up at once; one that undoes: as before | as when running | parked |
//! | any of it comes once more | | nothing: recognised by [`Transition::handled`] | nothing | nothing | nothing |
//! | a timer fires | | `#[on_timeout]` | the same | the same | timers are gone |
//! | `undo` is asked for | | undoing | goes on; of a command that undoes: needs a person | needs a person | |
//! | all is answered | | | the next `#[undo]`, the last command first; after the first: `#[on_undone]`, and it runs on | | |
//! | a person retries | error | error | error | what it is stuck at is issued again; timers whose steps failed fire again | error |
//! | a person ends it | error | ended | ended | ended | error |
//!
//! A step that fails (it panics, it returns an error, its message or the state cannot be read) stores nothing: its message is parked
//! under the stream of the process, with all that follows for this process; other processes go on. A key that is empty or too long
//! parks its message until a person decides.
//!
//! # Undoing
//!
//! An `#[undo]` method says how a command of one type is undone. [`Effects::undo`] lets them be called for the commands that were
//! carried out, the last one first, each as a step of its own, and the next one when what the one before issued is carried
//! out. It begins only when nothing is on its way any more: all commands issued before are answered (refused or carried out, not
//! merely late), and the events of those that were carried out have been handled, so that a step for such an event may still
//! call it off with [`Effects::keep`]. What undoing causes does not come back to `#[handle(issued)]` methods: an event that gives money
//! back is not the one that the process was waiting for. (Its origin is `fidelis::funds_transfer:undoing-{key}`.) What cannot be undone ends in [`ProcessStatus::NeedsPerson`].
//!
//! # What `#[process_manager]` writes
//!
//! Three things, all of which can be written by hand: an implementation of [`ProcessManager`] for the state; an implementation of
//! [`IssuedBy`] for each type of command that has an `#[on_rejected]` method, or whose refusal is said to need a
//! person; and [`Steps`], whose registered [`ProcessRow`] has a row for each method, each calling it through [`step`]:
//!
//! ```ignore
//! EventStep {
//!     name: "on_transfer_initiated",
//!     event: EventType::of::<TransferInitiated>(),
//!     route: Route::Field(key_of_aggregate::<FundsTransfer, TransferInitiated>),   // or `key_of_field`, of a field of the event
//!     starts: true, ends: false, waits: None,
//!     call: |state, message| step::<FundsTransfer, _>(state, |process, then| {
//!         let event = message.decode::<TransferInitiated>()?;
//!         process.correlate(identity::<FundsTransfer, TransferInitiated>(message)?);   // starting steps only
//!         Ok(process.on_transfer_initiated(&event, then))
//!     }),
//! }
//! ```

mod correlation;
mod effects;
mod key;
mod row;
mod summary;
mod transition;

pub use correlation::{IdentityOf, identity, key_of_aggregate, key_of_field};
pub use effects::{Effect, Effects, IssuedBy, Timer};
pub use key::{CorrelationKey, LONGEST_KEY, ProcessKey};
pub use row::{
    Answer, CallEventStep, CallFailed, CallRejected, CallTimeout, CallUndo, CallUndone, EventStep, ExecuteIssued, FailedStep,
    IssuedRow, IssuedType, KeyOfProcess, ProcessRow, RejectedStep, Route, Stepped, TimeoutStep, UndoStep, UndoneStep, event,
    fits, issued, step,
};
pub use summary::ProcessSummary;
pub(crate) use summary::{PROJECTOR, ProcessSummaryProjector};
pub use transition::{Cause, Definition, Issued, JsonText, ProcessStatus, Stuck, Transition};

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

/// The state of a process, as a type. Written with `#[process_manager(correlate = ..)] struct`.
///
/// Its first step is called on the default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager",
    label = "not declared with `#[process_manager]`",
    note = "declare it `#[process_manager(correlate = ..)] struct {Self} {{ .. }}`, with a `#[process_manager] impl {Self} {{ .. }}`"
)]
pub trait ProcessManager: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What tells its processes apart: the type of the field that `correlate` names.
    type Key: CorrelationKey + Clone;
    /// The name of the type, such as `FundsTransfer`.
    const NAME: &'static str;
    /// The name of its streams without the domain, such as `funds_transfer`.
    const STREAM: &'static str;
    /// A fingerprint of the state's definition: its fields, their names and types. When it changes, or what the steps can answer does
    /// ([`ProcessRow::definition`]), the processes that are not over are looked at before the engine starts.
    const DEFINITION: u64;

    /// Sets the field that `correlate` names: called before the first step.
    fn correlate(&mut self, key: Self::Key);
}

/// The process manager has steps. Written by `#[process_manager] impl`, from its marked methods.
#[diagnostic::on_unimplemented(
    message = "process manager `{Self}` has no steps",
    label = "no `#[process_manager] impl` block for it",
    note = "add `#[process_manager] impl {Self} {{ #[handle(start)] fn ..(&mut self, event: &.., then: &mut Effects<Self>) {{ .. }} }}`"
)]
pub trait Steps: ProcessManager {
    /// All that is registered of it.
    const ROW: ProcessRow;
}
