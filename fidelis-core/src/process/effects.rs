//! What a step of a process leads to, as data: nothing happens until the step is stored.

use std::{fmt, marker::PhantomData};

use jiff::SignedDuration;

use super::ProcessManager;
use crate::{Error, Handled, codec};

/// One effect of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A command is issued.
    Issue {
        /// [`Command::NAME`](crate::Command::NAME).
        name: &'static str,
        /// [`Command::VERSION`](crate::Command::VERSION).
        version: u32,
        /// The command, as JSON.
        payload: Box<str>,
    },
    /// A timer is started; one of this name that runs already goes on as it was.
    StartTimer {
        /// Its name.
        name: &'static str,
        /// After what time it fires.
        after: SignedDuration,
    },
    /// A timer is started from now, whether or not one of this name runs already.
    RestartTimer {
        /// Its name.
        name: &'static str,
        /// After what time it fires.
        after: SignedDuration,
    },
    /// A timer is taken back; nothing when none of this name runs.
    CancelTimer {
        /// Its name.
        name: &'static str,
    },
    /// What was done so far is to be undone, for this reason.
    Undo {
        /// Why, for people.
        reason: String,
    },
    /// What was done so far stays done: it is not undone any more, and an undoing that was asked for and has not begun is called off.
    Keep,
    /// The process cannot go on by itself.
    NeedPerson {
        /// Why, for people.
        reason: String,
    },
    /// The process is over.
    Complete,
}

/// What a step of process `P` leads to.
///
/// A step asks for effects here; they are stored with the new state in one record, and carried out afterwards: each once, however
/// often the process is interrupted.
///
/// ```
/// # use fidelis::{prelude::*, process::*, SignedDuration};
/// # #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)] pub struct Reminder;
/// # impl Reminder { const OVERDUE: Timer<Reminder> = Timer::new("overdue"); }
/// # impl ProcessManager for Reminder { const NAME: &'static str = "Reminder"; const STREAM: &'static str = "reminder"; const DEFINITION: u64 = 1; type Key = String; fn correlate(&mut self, _: String) {} }
/// fn on_bill_sent(then: &mut Effects<Reminder>) {
///     then.start_timer(Reminder::OVERDUE, SignedDuration::from_hours(24 * 14));
/// }
/// # let mut then = Effects::default(); on_bill_sent(&mut then);
/// # assert_eq!(then.effects(), [Effect::StartTimer { name: "overdue", after: SignedDuration::from_hours(24 * 14) }]);
/// ```
pub struct Effects<P> {
    effects: Vec<Effect>,
    failed: Option<Error>,
    process: PhantomData<fn() -> P>,
}

impl<P> Default for Effects<P> {
    fn default() -> Self {
        Effects { effects: Vec::new(), failed: None, process: PhantomData }
    }
}

impl<P: ProcessManager> Effects<P> {
    /// Issues a command, after those issued before it.
    ///
    /// What it causes comes back to this process, to its `#[handle(issued)]` methods; a refusal to its `#[on_rejected]` method for
    /// this type of command.
    pub fn issue<C: IssuedBy<P>>(&mut self, command: C) {
        match codec::to_json(&command) {
            Ok(payload) => self.effects.push(Effect::Issue { name: C::NAME, version: C::VERSION, payload }),
            Err(error) => {
                let text = format!("a `{}` that `{}` issued cannot be written as JSON", C::NAME, P::NAME);
                self.failed.get_or_insert(Error::failed(text, error));
            }
        }
    }

    /// Lets a timer fire after this time. One of this name that runs already goes on as it was.
    pub fn start_timer(&mut self, timer: Timer<P>, after: SignedDuration) {
        self.effects.push(Effect::StartTimer { name: timer.name, after });
    }

    /// Lets a timer fire after this time from now, also one that runs already.
    pub fn restart_timer(&mut self, timer: Timer<P>, after: SignedDuration) {
        self.effects.push(Effect::RestartTimer { name: timer.name, after });
    }

    /// Takes a timer back, if it runs.
    pub fn cancel_timer(&mut self, timer: Timer<P>) {
        self.effects.push(Effect::CancelTimer { name: timer.name });
    }

    /// Undoes what was done: the `#[undo]` method of each command that was carried out is called, the last one first; then the
    /// `#[on_undone]` method, with the reason.
    ///
    /// It begins when every command issued before is answered, and what they caused has been handled: what is still on its way is
    /// never undone behind its back.
    pub fn undo(&mut self, reason: impl Into<String>) {
        self.effects.push(Effect::Undo { reason: reason.into() });
    }

    /// What was done up to here stays done: from here on, an [`undo`](Effects::undo) leaves it alone. One that was asked for and has
    /// not begun is called off.
    pub fn keep(&mut self) {
        self.effects.push(Effect::Keep);
    }

    /// Says that the process cannot go on by itself: it is found by its state until a person retries or ends it.
    ///
    /// A retry lets it go on. If this was said about a command that was refused or has failed, and no other is issued in its place, the
    /// retry issues that one again.
    pub fn need_person(&mut self, reason: impl Into<String>) {
        self.effects.push(Effect::NeedPerson { reason: reason.into() });
    }

    /// Ends the process: its timers are gone, and whatever comes later is ignored and counted.
    pub fn mark_as_complete(&mut self) {
        self.effects.push(Effect::Complete);
    }

    /// What was asked for so far.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// The effects, unless one of them cannot be stored.
    pub(super) fn into_effects(self) -> Result<Vec<Effect>, Error> {
        self.failed.map_or(Ok(self.effects), Err)
    }
}

/// A timer of process `P`, by its name: the constant that `#[on_timeout("name")]` makes.
pub struct Timer<P> {
    name: &'static str,
    process: PhantomData<fn() -> P>,
}

impl<P> Timer<P> {
    /// The timer of this name.
    pub const fn new(name: &'static str) -> Self {
        Timer { name, process: PhantomData }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<P> Clone for Timer<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Timer<P> {}

impl<P> fmt::Debug for Timer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Process `P` says what a refusal of this command means to it, so it may issue one. Written by `#[process_manager] impl`, from its
/// `#[on_rejected]` methods and the commands it says are never rejected.
#[diagnostic::on_unimplemented(
    message = "`{P}` does not say what happens when `{Self}` is rejected",
    label = "no `#[on_rejected]` step for this command",
    note = "add `#[on_rejected] fn ..(&mut self, command: &{Self}, why: &Rejection, then: &mut Effects<Self>)` to `#[process_manager] impl {P}`",
    note = "or, when a rejection is a case for a person: `#[process_manager(never_rejected = [{Self}])] impl {P}`"
)]
pub trait IssuedBy<P: ProcessManager>: Handled {}
