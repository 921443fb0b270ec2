//! Storing the steps of one process.

use smallvec::SmallVec;

use super::{Engine, Known};
use crate::{
    Error, MessageId, MessageKind, NewRecord, Origin, StreamName,
    domain::ProcessTypes,
    process::Transition,
    store::{Append, Commit, CommitResult, Expected},
};

/// Steps to be stored at once.
pub(super) struct Steps<'a> {
    pub(super) types: &'a ProcessTypes,
    pub(super) stream: &'a StreamName,
    /// The process that they stand on.
    pub(super) known: Option<&'a Known>,
    /// The message they come from.
    pub(super) cause: MessageId,
    /// Its chain.
    pub(super) origin: &'a Origin,
    /// What each record is to be called, and what it holds; at least one.
    pub(super) steps: Vec<(MessageId, Transition)>,
}

impl Engine {
    /// Stores steps, with what `also` adds to the commit. `Ok(false)`: the process has made another step meanwhile, and nothing was
    /// stored.
    pub(super) async fn store_steps(&self, steps: Steps<'_>, also: impl FnOnce(&mut Commit)) -> Result<bool, Error> {
        let Steps { types, stream, known, cause, origin, steps } = steps;
        let origin = Origin { causation_id: Some(cause), process: Some(stream.clone()), ..origin.clone() };
        let mut commit = Commit::new(self.now(), origin);
        let mut records = SmallVec::with_capacity(steps.len());
        for (id, transition) in &steps {
            let payload = serde_json::to_string(transition);
            let payload = payload
                .map_err(|error| Error::failed(format!("a step of `{}` cannot be written as JSON", types.row.name), error))?;
            records.push(NewRecord {
                id: *id,
                type_name: types.transition.clone(),
                kind: MessageKind::Transition,
                schema_version: 1,
                payload: payload.into(),
            });
        }
        let expected = Expected::seen(known.map(|known| known.position));
        commit.appends.push(Append { stream: stream.clone(), expected, records });
        also(&mut commit);
        match self.commit(commit).await {
            Ok(CommitResult::Committed(committed)) => {
                self.0.processes.are_new(steps.iter().filter(|(_, step)| !step.issued.is_empty()).map(|(id, _)| *id));
                if let (Some(record), Some((_, transition))) = (committed.records.last(), steps.into_iter().next_back()) {
                    self.0.processes.remember(stream, Known::of(record, transition));
                }
                Ok(true)
            }
            // Only commits with a settlement are repeated.
            Ok(CommitResult::Repeated(_)) => Ok(true),
            Err(error) => {
                // Whatever became of it, what stands in memory may be older now.
                self.0.processes.forget(stream);
                match error.as_conflict() {
                    Some(conflict) if conflict.stream == *stream => Ok(false),
                    _ => Err(error),
                }
            }
        }
    }
}
