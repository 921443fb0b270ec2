//! One command being processed: its identity, its time, where it comes from, and what it has stored.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{
    CommandMetadata, Engine, Envelope, Run, append::Identities, envelope::Identity, fingerprint::fingerprint, panics,
    pump::Storing, written::Written,
};
use crate::{
    BoxFuture, Error, ErrorKind, Handled, MessageId, Origin, Output, Rejection, codec,
    store::{Commit, CommitResult, Outcome, Settlement},
};

/// A command being processed.
pub(super) struct Unit {
    pub(super) metadata: CommandMetadata,
    /// What the events of the command say about where they come from.
    pub(super) origin: Origin,
    /// The first and the last position the command wrote; 0 for nothing.
    pub(super) first: u64,
    pub(super) position: u64,
    identity: Identity,
    fingerprint: Option<u64>,
    /// A commit of it is out whose outcome is not known: it may still happen.
    is_out: bool,
    /// The store was asked what became of that commit, and had nothing: deciding again is safe.
    may_decide_again: bool,
    /// What the commands that its handler issued have written.
    further: Option<Arc<Further>>,
}

/// What further commands have written.
#[derive(Debug, Default)]
pub(super) struct Further(Mutex<Written>);

impl Further {
    pub(super) fn add(&self, written: &Written) {
        self.0.lock().join(written);
    }
}

impl Unit {
    pub(super) fn begin(engine: &Engine, envelope: Envelope) -> Self {
        let time = engine.now();
        let id = match envelope.id {
            Identity::New => MessageId::from_uuid(engine.0.randomness.uuid(time)),
            Identity::Chosen(id) | Identity::Derived(id) | Identity::First(id) => id,
        };
        let correlation_id = envelope.correlation_id.unwrap_or(id);
        Unit {
            metadata: CommandMetadata { id, time, correlation_id, causation_id: envelope.causation_id },
            origin: Origin {
                correlation_id,
                causation_id: Some(id),
                process: envelope.process,
                priority: envelope.priority,
                extensions: envelope.extensions,
            },
            first: 0,
            position: 0,
            identity: envelope.id,
            fingerprint: None,
            is_out: false,
            may_decide_again: false,
            further: None,
        }
    }

    /// Validates the command and hands it to its handler, unless it is settled already.
    pub(super) async fn execute<C: Handled>(&mut self, engine: &Engine, command: C) -> Result<C::Output, Error> {
        let Some(handler) = engine.0.catalog.handler::<C::Handler>() else {
            let domain = engine.0.catalog.domain;
            return Err(Error::invalid(format!("command `{}` does not belong to domain `{domain}`", C::NAME)));
        };
        if let Some(trace) = &engine.0.trace {
            trace.command(&self.metadata, &command);
        }
        if let Err(rejection) = panics::caught(C::NAME, || command.validate())? {
            return Err(self.rejected::<C>(rejection));
        }
        if self.may_repeat() {
            if let Identity::Chosen(_) = self.identity {
                self.fingerprint = Some(fingerprint(&command)?);
            }
            // Whoever sends it for the first time is told by the commit if somebody else has, before anything is compared.
            if !matches!(self.identity, Identity::First(_))
                && let Some(settlement) = engine.0.store.settlement(self.metadata.id).await?
            {
                return self.answer_again::<C>(engine, settlement);
            }
        }
        let done = command.handle(Run::new(engine, self, handler)).await;
        match done {
            Err(error) if error.kind() == ErrorKind::Rejected => {
                let rejection = error.rejection().cloned().expect("a rejected error carries its rejection");
                if self.may_repeat()
                    && let Some(settlement) = Box::pin(self.settle_rejected(engine, &rejection)).await?
                {
                    // Settled by somebody else meanwhile: it was what he did that made the rule refuse.
                    return self.answer_again::<C>(engine, settlement);
                }
                Err(self.rejected::<C>(rejection))
            }
            // A first commit may yet happen: that a second attempt failed does not say that nothing did.
            Err(error) if self.is_out && error.kind() != ErrorKind::Unknown => {
                match engine.0.store.settlement(self.metadata.id).await {
                    Ok(Some(settlement)) => self.answer_again::<C>(engine, settlement),
                    _ => Err(self.unknown(error)),
                }
            }
            done => done,
        }
    }

    /// What the command and those that its handler issued have written.
    pub(super) fn written(&self) -> Written {
        let mut written = self.further.as_ref().map(|further| further.0.lock().clone()).unwrap_or_default();
        written.add(self.first, self.position);
        written
    }

    /// The last position of that; 0 for none.
    pub(super) fn last_written(&self) -> u64 {
        self.further.as_ref().map_or(0, |further| further.0.lock().last()).max(self.position)
    }

    /// Where the commands that a handler issues note what they have written.
    pub(super) fn further(&mut self) -> Arc<Further> {
        Arc::clone(self.further.get_or_insert_default())
    }

    /// Whether the command can come a second time.
    fn may_repeat(&self) -> bool {
        !matches!(self.identity, Identity::New) || self.is_out
    }

    /// An empty commit of this command.
    pub(super) fn commit(&self) -> Commit {
        Commit::new(self.metadata.time, self.origin.clone())
    }

    /// Stores what `fill` adds to a commit, together with the command's answer.
    ///
    /// `Ok(Ok(()))`: it is stored now. `Ok(Err(..))`: the command was settled before, with this answer.
    pub(super) async fn settle<C: Handled>(
        &mut self,
        engine: &Engine,
        value: &C::Output,
        fill: impl FnOnce(&mut Commit, &mut Identities) -> Result<(), Error> + Send,
    ) -> Result<Result<(), C::Output>, Error> {
        let Some(storing) = self.storing(engine, C::NAME, value, fill)? else {
            return Ok(Ok(()));
        };
        let settlement = match engine.stored(storing).await {
            Ok(CommitResult::Committed(committed)) => {
                if let (Some(first), Some(last)) = (committed.records.first(), committed.records.last()) {
                    (self.first, self.position) = (first.metadata.global_position, last.metadata.global_position);
                }
                return Ok(Ok(()));
            }
            Ok(CommitResult::Repeated(settlement)) => settlement,
            Err(error) if error.kind() == ErrorKind::Unknown => {
                self.is_out = true;
                match self.became(engine).await {
                    Ok(Some(settlement)) => settlement,
                    nothing => {
                        self.may_decide_again = nothing.is_ok();
                        return Err(self.unknown(error));
                    }
                }
            }
            Err(error) => return Err(error),
        };
        self.answer_again::<C>(engine, settlement).map(Err)
    }

    /// Hands the commit to the store. A commit is large: it is filled where it lies, and no future carries it.
    fn storing<'a, T: Output>(
        &self,
        engine: &'a Engine,
        name: &str,
        value: &T,
        fill: impl FnOnce(&mut Commit, &mut Identities) -> Result<(), Error>,
    ) -> Result<Option<Storing<'a>>, Error> {
        let mut commit = self.commit();
        // What is saved is encoded here, by the domain's own code.
        panics::caught(name, || fill(&mut commit, &mut Identities::caused_by(self.metadata.id)))??;
        // A command that wrote nothing and cannot come again leaves no trace.
        if commit.is_empty() && !self.may_repeat() {
            return Ok(None);
        }
        commit.settlement = Some(self.settlement(Outcome::Accepted(encode(value)?)));
        let projectors = engine.let_follow(&mut commit);
        Ok(Some(Storing { result: engine.0.store.commit(commit), projectors }))
    }

    /// What became of a commit whose outcome is unknown: the store is asked for as long as a message is tried. When it has nothing,
    /// deciding again is safe: every commit of the command settles it, and of two only one happens.
    fn became<'a>(&'a self, engine: &'a Engine) -> BoxFuture<'a, Result<Option<Settlement>, Error>> {
        Box::pin(async move {
            let mut failures = 0;
            loop {
                let error = match engine.0.store.settlement(self.metadata.id).await {
                    Err(error) => error,
                    settled => return settled,
                };
                failures += 1;
                match engine.0.retry.wait(failures, engine.0.randomness.fraction()) {
                    Some(wait) => engine.0.clock.sleep(wait).await,
                    None => return Err(error),
                }
            }
        })
    }

    fn unknown(&self, error: Error) -> Error {
        let text = format!(
            "it is not known whether the command was stored: send it again under its key, `Envelope::identified({})` if it has no other",
            self.metadata.id
        );
        Error::unknown(text, error)
    }

    /// Whether an unknown outcome leaves it to this command to decide again; asked once.
    pub(super) fn may_decide_again(&mut self) -> bool {
        std::mem::take(&mut self.may_decide_again)
    }

    /// Stores that the command was rejected; gives what it was answered before, if it was.
    pub(super) async fn settle_rejected(&self, engine: &Engine, rejection: &Rejection) -> Result<Option<Settlement>, Error> {
        let mut commit = self.commit();
        commit.settlement = Some(self.settlement(Outcome::Rejected(rejection.clone())));
        match engine.commit(commit).await {
            Ok(CommitResult::Committed(_)) => Ok(None),
            Ok(CommitResult::Repeated(settlement)) => Ok(Some(settlement)),
            Err(error) if error.kind() == ErrorKind::Unknown => match self.became(engine).await {
                Ok(Some(settlement)) => Ok(Some(settlement)),
                _ => Err(self.unknown(error)),
            },
            Err(error) => Err(error),
        }
    }

    fn settlement(&self, outcome: Outcome) -> Settlement {
        Settlement { command: self.metadata.id, fingerprint: self.fingerprint, outcome, position: 0 }
    }

    fn answer_again<C: Handled>(&mut self, engine: &Engine, settlement: Settlement) -> Result<C::Output, Error> {
        if self.fingerprint.is_some() && settlement.fingerprint.is_some() && self.fingerprint != settlement.fingerprint {
            return Err(Error::invalid(format!(
                "the key of this `{}` was used for another command: choose a new key for each command",
                C::NAME
            )));
        }
        (self.first, self.position) = (settlement.position, settlement.position);
        if engine.0.catalog.reacts {
            engine.0.delivery.lock().heard(self.origin.correlation_id, settlement.position);
        }
        match settlement.outcome {
            Outcome::Accepted(value) => {
                let value = codec::from_json(value.as_deref().unwrap_or("null"));
                value.map_err(|error| Error::corrupt_store(format!("the stored answer to `{}` cannot be read", C::NAME), error))
            }
            Outcome::Rejected(rejection) => Err(rejection.into()),
        }
    }

    /// One line in the log for a refusal: fields, never values.
    fn rejected<C: Handled>(&self, rejection: Rejection) -> Error {
        tracing::info!(command = C::NAME, id = %self.metadata.id, fields = rejection.fields(), "command rejected");
        rejection.into()
    }
}

/// An answer as it is stored; nothing for `()`.
fn encode<T: Output>(value: &T) -> Result<Option<Box<str>>, Error> {
    match std::any::TypeId::of::<T>() == std::any::TypeId::of::<()>() {
        true => Ok(None),
        false => Ok(Some(codec::to_json(value)?)),
    }
}
