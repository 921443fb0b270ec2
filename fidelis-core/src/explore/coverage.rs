//! What of the processes of a domain was reached, and what was not.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use xxhash_rust::xxh3::xxh3_128;

use super::{
    machine::{Machine, Transition},
    node::Node,
};
use crate::{
    Error,
    domain::Consumer,
    process::{self, Cause, ProcessStatus},
};

/// What was reached.
#[derive(Default)]
pub(super) struct Coverage {
    /// The steps made: by process manager, by how far the process was before, by the name of the method.
    steps: BTreeSet<(&'static str, &'static str, String)>,
    /// The commands refused: by process manager, by name.
    refused: BTreeSet<(&'static str, String)>,
    /// What was looked at before: the status before a step, and the step.
    seen: FxHashSet<(&'static str, u128)>,
}

impl Coverage {
    /// Notes what a step has stored.
    pub(super) fn note(&mut self, machine: &Machine, before: &Node, transition: &Transition) -> Result<(), Error> {
        let Some(commit) = &transition.commit else { return Ok(()) };
        for append in &commit.appends {
            let category = append.stream.category();
            let row = machine.subscriptions().iter().find_map(|subscription| match &subscription.consumer {
                Consumer::Process(types) if types.category == category => Some(types.row),
                _ => None,
            });
            let Some(row) = row else { continue };
            let last = machine.memo.borrow_mut().last(&before.store, &append.stream)?;
            let mut status = last.map_or("not started", |last| last.transition.status.as_str());
            if let [only] = &append.records[..]
                && !self.seen.insert((status, xxh3_128(only.payload.as_bytes())))
            {
                continue;
            }
            for record in &append.records {
                let step: process::Transition = serde_json::from_str(&record.payload)
                    .map_err(|error| Error::failed(format!("a step of `{}` cannot be read", append.stream), error))?;
                if let Cause::Rejected { name, .. } = &step.cause {
                    self.refused.insert((row.name, name.to_string()));
                }
                self.steps.insert((row.name, status, step.step.into_owned()));
                status = step.status.as_str();
            }
        }
        Ok(())
    }

    /// What was never reached, in lines.
    pub(super) fn missing(&self, machine: &Machine) -> Vec<String> {
        let mut missing = Vec::new();
        for subscription in machine.subscriptions() {
            let Consumer::Process(types) = &subscription.consumer else { continue };
            let row = types.row;
            // Of a process manager that was not part of the story nothing is expected.
            if !self.steps.iter().any(|(process, ..)| *process == row.name) {
                continue;
            }
            let made = |step: &str| self.steps.iter().any(|(process, _, name)| *process == row.name && name == step);
            for step in row.events {
                if !made(step.name) {
                    missing.push(format!("{}: `{}` was never called: no `{}` came", row.name, step.name, step.event.name));
                    continue;
                }
                if step.starts {
                    continue;
                }
                for status in [ProcessStatus::Running, ProcessStatus::Undoing] {
                    let pair = (row.name, status.as_str(), step.name.to_owned());
                    let undoes = self.steps.iter().any(|(process, at, _)| *process == row.name && *at == "undoing");
                    if !self.steps.contains(&pair) && (undoes || status == ProcessStatus::Running) {
                        missing.push(format!("{}: `{}` was never called while it was {status}", row.name, step.name));
                    }
                }
            }
            for issued in row.issues.iter().filter(|issued| issued.on_rejected.is_some()) {
                if !self.refused.contains(&(row.name, issued.command.name.to_owned())) {
                    missing.push(format!("{}: its `{}` was never refused", row.name, issued.command.name));
                }
            }
            for step in row.timeouts.iter().filter(|step| !made(step.name)) {
                missing.push(format!("{}: its timer `{}` never fired", row.name, step.timer));
            }
            for step in row.undos.iter().filter(|step| !made(step.name)) {
                missing.push(format!("{}: `{}` was never called: nothing of that was undone", row.name, step.name));
            }
        }
        missing
    }
}
