//! What every test proves besides what it says.

use std::collections::BTreeSet;

use super::{Window, World, told};
use crate::{
    Envelope, Error, ErrorKind, Handled, MessageKind, Recorded, StreamName, Uuid, block_on,
    engine::Way,
    testing::{expected::Seen, failure::Failure, fields::Fields},
};

impl World {
    /// A command that was refused, or that failed, has left the log as it was.
    pub(super) fn prove_nothing_stored(&self, window: Window) -> Result<(), Failure> {
        let stored = self.records(window)?;
        if stored.is_empty() {
            return Ok(());
        }
        let failure = Failure::new("the command did not succeed, and yet something was stored");
        Err(failure.details(stored.iter().map(|record| shown(record))))
    }

    /// The same command under the same key changes nothing and gives the same answer. One that failed is not settled: a repeat
    /// would be another attempt.
    pub(super) fn prove_repeatable<C: Handled>(
        &self,
        command: C,
        envelope: Envelope,
        outcome: &Result<C::Output, Error>,
        answer: &str,
    ) -> Result<(), Failure> {
        if outcome.as_ref().is_err_and(|error| error.kind() != ErrorKind::Rejected) {
            return Ok(());
        }
        let window = self.window();
        let again = told(&block_on(self.engine.process_with(command, envelope)).map(|receipt| receipt.value));
        let stored = self.records(window)?;
        if again == answer && stored.is_empty() {
            return Ok(());
        }
        let failure = Failure::new("the command was sent again under the same key, and that was not without effect");
        let answers = [format!("first answer   {answer}"), format!("second answer  {again}")];
        let answers = if again == answer { Vec::new() } else { answers.to_vec() };
        Err(failure.details(answers).details(stored.iter().map(|record| format!("stored  {}", shown(record)))))
    }

    /// Nothing was lost on the way into the log; when `replay`, every aggregate it happened to is the same by replay.
    pub(in crate::testing) fn prove(&self, window: Window, replay: bool) -> Result<(), Failure> {
        let lost = self.trace.take_lost();
        if !lost.is_empty() {
            return Err(Failure::new("an event does not survive being stored and read").details(lost));
        }
        if !replay {
            return Ok(());
        }
        let records = self.records(window)?;
        let events = records.iter().filter(|record| record.metadata.kind == MessageKind::Event);
        let streams: BTreeSet<&StreamName> = events.map(|record| &record.metadata.stream).collect();
        streams.into_iter().try_for_each(|stream| self.prove_replayable(stream))
    }

    fn prove_replayable(&self, stream: &StreamName) -> Result<(), Failure> {
        let row = self.engine.aggregate_of_category(stream.category());
        let (Some(row), Ok(id)) = (row, stream.id().parse::<Uuid>()) else {
            return Ok(());
        };
        let not_same = || format!("`{}` {id} is not the same when it is replayed from the log", row.name);
        match block_on((row.disagreement)(&self.engine, id)) {
            Ok(None) => Ok(()),
            Ok(Some(found)) => {
                let (text, had) = match found.way {
                    Way::Ready => (not_same(), "live    "),
                    Way::Snapshot(events) => {
                        let text = "is not the same when it is loaded from a snapshot and the events after it";
                        (format!("`{}` {id} {text} (snapshot after {events})", row.name), "snapshot")
                    }
                };
                let fields = [&found.had.0, &found.replayed.0].map(Fields::of);
                let difference = Fields::difference_of([had.trim_end(), "replayed"], &fields[0], &fields[1]);
                let shown = [format!("{had}  {}", found.had.1), format!("replayed  {}", found.replayed.1)];
                Err(Failure::new(text).details(if difference.is_empty() { shown.to_vec() } else { difference }))
            }
            Err(error) => Err(Failure::new(not_same()).detail(error.to_string())),
        }
    }
}

fn shown(record: &Recorded) -> String {
    format!("{:>2} + {}", record.metadata.global_position, Seen::of(record).text())
}
