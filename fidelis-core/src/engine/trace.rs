//! What an engine did and its log does not show, written down for the test language.

use parking_lot::Mutex;

use crate::{Command, CommandMetadata, MessageId, TypeName, codec};

/// Kept by an engine that was started with one, and by no other.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    commands: Mutex<Vec<TracedCommand>>,
    lost: Mutex<Vec<String>>,
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
