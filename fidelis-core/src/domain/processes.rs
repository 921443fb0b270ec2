//! What the engine needs to know of a process manager, by the names of its domain.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::{
    Error, MessageKind, Recorded, StreamName, TypeName,
    process::{EventStep, IssuedRow, ProcessKey, ProcessRow, Route},
};

/// A process manager in its domain.
pub(crate) struct ProcessTypes {
    pub(crate) row: &'static ProcessRow,
    /// The category of its streams, such as `fidelis::funds_transfer`.
    pub(crate) category: String,
    /// The category under which messages are parked that wait for the start of their process.
    early: String,
    undoing: String,
    /// The stored name of its transitions, such as `Fidelis.FundsTransferTransition.v1`.
    pub(crate) transition: TypeName,
    steps: FxHashMap<TypeName, SmallVec<[&'static EventStep; 2]>>,
}

/// What a message is to a process manager.
pub(crate) enum Target {
    /// Nothing.
    None,
    /// One of its own transitions.
    Outbox(StreamName),
    /// Caused by a command that this process issued.
    Issued(StreamName, &'static EventStep),
    /// For the process with this key, which it may start; both methods find it by the same field.
    Keyed { key: ProcessKey, starts: Option<&'static EventStep>, step: Option<&'static EventStep> },
}

impl ProcessTypes {
    pub(crate) fn of(row: &'static ProcessRow, domain: &str) -> Self {
        let mut steps: FxHashMap<TypeName, SmallVec<[&'static EventStep; 2]>> = FxHashMap::default();
        for step in row.events {
            steps.entry(step.event.type_name(domain)).or_default().push(step);
        }
        let category = format!("{domain}::{}", row.stream);
        ProcessTypes {
            row,
            early: format!("{category}:early"),
            undoing: format!("{category}:undoing"),
            category,
            transition: transition_of(row, domain),
            steps,
        }
    }

    /// The types of message it handles.
    pub(crate) fn interest(&self) -> Vec<TypeName> {
        let mut types: Vec<TypeName> = self.steps.keys().cloned().collect();
        types.sort();
        types.push(self.transition.clone());
        types
    }

    /// What a message is to it. Runs the domain's own code: it decodes the message where a field says which process it is for.
    ///
    /// # Errors
    /// A message that cannot be read; a field that is no key.
    pub(crate) fn target(&self, record: &Recorded) -> Result<Target, Error> {
        if self.is_own(record) {
            return Ok(Target::Outbox(record.metadata.stream.clone()));
        }
        let metadata = &record.metadata;
        let Some(steps) = self.steps.get(&metadata.type_name) else {
            return Ok(Target::None);
        };
        let issuer = metadata.origin.process.as_ref().filter(|process| process.category() == self.category);
        if let Some(issuer) = issuer
            && let Some(step) = steps.iter().find(|step| matches!(step.route, Route::Issued))
        {
            return Ok(Target::Issued(issuer.clone(), step));
        }
        let (mut starts, mut other, mut key) = (None, None, None);
        for step in steps {
            if let Route::Field(key_of) = step.route {
                *(if step.starts { &mut starts } else { &mut other }) = Some(*step);
                key.get_or_insert(key_of);
            }
        }
        let Some(key_of) = key else {
            return Ok(Target::None);
        };
        Ok(Target::Keyed { key: key_of(record)?, starts, step: other })
    }

    /// Whether a record is a transition of its processes.
    pub(crate) fn is_own(&self, record: &Recorded) -> bool {
        record.metadata.kind == MessageKind::Transition && record.metadata.type_name == self.transition
    }

    /// The stream of a process.
    pub(crate) fn stream(&self, key: &ProcessKey) -> StreamName {
        StreamName::new(&self.category, key)
    }

    /// Where messages wait for the start of this process.
    pub(crate) fn early(&self, process: &StreamName) -> StreamName {
        StreamName::new(&self.early, process.id())
    }

    /// What issues the commands by which this process is undone: events that they cause do not come back to its steps.
    pub(crate) fn undoing(&self, process: &StreamName) -> StreamName {
        StreamName::new(&self.undoing, process.id())
    }

    /// The command of this name that its processes issue.
    pub(crate) fn issued(&self, name: &str) -> Option<&'static IssuedRow> {
        self.row.issues.iter().find(|issued| issued.command.name == name)
    }
}

/// The stored name of a process manager's transitions.
pub(super) fn transition_of(row: &ProcessRow, domain: &str) -> TypeName {
    TypeName::new(domain, &format!("{}Transition", row.name), 1)
}
