//! Messages that were for no process, counted.

use super::Processes;
use crate::Engine;

/// Messages that led to no step, since the engine started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessCounts {
    /// Events that would have started a process that exists already.
    pub repeated: u64,
    /// Events for a key that has no process, or none in time.
    pub unknown: u64,
    /// Events, and refusals of commands, that came when the process was over.
    pub late: u64,
}

/// Why a message led to no step.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ignored {
    Repeated,
    Unknown,
    Late,
}

impl Processes {
    pub(super) fn count(&self, process: &'static str, ignored: Ignored) {
        let mut counts = self.counts.lock();
        let counts = counts.entry(process).or_default();
        *match ignored {
            Ignored::Repeated => &mut counts.repeated,
            Ignored::Unknown => &mut counts.unknown,
            Ignored::Late => &mut counts.late,
        } += 1;
    }
}

impl Engine {
    /// How many messages this engine has met that led to no step of the process manager `P`.
    pub fn process_counts<P: crate::ProcessManager>(&self) -> ProcessCounts {
        self.0.processes.counts.lock().get(P::NAME).copied().unwrap_or_default()
    }
}
