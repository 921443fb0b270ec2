//! What an engine did and its log does not show, written down for the test language.

use parking_lot::Mutex;

use crate::{Command, CommandMetadata, MessageId, Rejection, TypeName, codec};

/// Kept by an engine that was started with one, and by no other.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    commands: Mutex<Vec<TracedCommand>>,
    lost: Mutex<Vec<String>>,
    script: Mutex<Script>,
}

/// What commands of processes are answered, whatever their handlers would say.
#[derive(Debug, Default)]
struct Script {
    /// Nobody carries them out: they are accepted.
    alone: bool,
    /// The next command of this name is refused, each once.
    rejecting: Vec<(&'static str, Rejection)>,
}

/// A command that was begun, whatever became of it.
#[derive(Clone, Debug)]
pub(crate) struct TracedCommand {
    pub(crate) id: MessageId,
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    /// The message whose handler issued it; none when it came from outside.
    pub(crate) causation_id: Option<MessageId>,
    pub(crate) payload: Box<str>,
}

impl Trace {
    /// A command begins. One that is known already is being repeated.
    pub(super) fn command<C: Command>(&self, metadata: &CommandMetadata, command: &C) {
        let mut commands = self.commands.lock();
        if commands.iter().any(|known| known.id == metadata.id) {
            return;
        }
        let payload = codec::to_json(command).unwrap_or_else(|error| format!("{:?}", error.to_string()).into());
        let (id, causation_id) = (metadata.id, metadata.causation_id);
        commands.push(TracedCommand { id, name: C::NAME, version: C::VERSION, causation_id, payload });
    }

    /// An event or a fact is about to be stored.
    pub(super) fn stored(&self, type_name: &TypeName, lost: Option<String>) {
        if let Some(lost) = lost {
            self.lost.lock().push(format!("`{type_name}`: {lost}"));
        }
    }

    /// From now on, commands that processes issue are accepted and not carried out.
    pub(crate) fn leave_alone(&self) {
        self.script.lock().alone = true;
    }

    /// The next command of this name that a process issues is refused.
    pub(crate) fn reject(&self, command: &'static str, why: Rejection) {
        self.script.lock().rejecting.push((command, why));
    }

    /// Whether commands that processes issue are accepted and not carried out.
    pub(super) fn is_alone(&self) -> bool {
        self.script.lock().alone
    }

    /// The refusal that the next command of this name is to meet.
    pub(super) fn take_rejection(&self, command: &str) -> Option<Rejection> {
        let rejecting = &mut self.script.lock().rejecting;
        let place = rejecting.iter().position(|(name, _)| *name == command)?;
        Some(rejecting.remove(place).1)
    }

    /// How many commands have begun.
    pub(crate) fn len(&self) -> usize {
        self.commands.lock().len()
    }

    /// The commands begun after the first `from`.
    pub(crate) fn commands(&self, from: usize) -> Vec<TracedCommand> {
        self.commands.lock().get(from..).unwrap_or_default().to_vec()
    }

    /// Takes what was lost on the way into the log.
    pub(crate) fn take_lost(&self) -> Vec<String> {
        std::mem::take(&mut *self.lost.lock())
    }
}
