//! The five shapes of a command handler: what the engine does around the method.
//!
//! | method | loaded | committed | tried again on a conflict |
//! |---|---|---|---|
//! | [`create`](Run::create) | nothing | the new aggregate | no: it exists already; when the commit is found not to be there |
//! | [`update`](Run::update) | the aggregate the command names | it | yes |
//! | [`create_in_context`](Run::create_in_context) | what the method asks for | the new aggregate and what it saved | when it may |
//! | [`update_in_context`](Run::update_in_context) | the aggregate, and what the method asks for | all of it | when it may |
//! | [`in_context`](Run::in_context) | what the method asks for | what it saved | when it may |

use super::{
    Context, Engine,
    append::{Streams, append},
    context::Issuer,
    not_found, panics,
    replay::{self, Snapshots},
    unit::Unit,
};
use crate::{
    Aggregate, BoxFuture, Command, CommandMetadata, Error, ErrorKind, Handled, HandlerError, HandlerResult, Id, Identified,
    Output, Rejection, store::Expected,
};

/// A command on its way to its handler's method.
pub struct Run<'a, C: Handled> {
    engine: &'a Engine,
    unit: &'a mut Unit,
    handler: &'a C::Handler,
}

impl<'a, C: Handled> Run<'a, C> {
    pub(super) fn new(engine: &'a Engine, unit: &'a mut Unit, handler: &'a C::Handler) -> Self {
        Run { engine, unit, handler }
    }

    /// A method that takes the command and the identity to be, and returns the new aggregate.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn create<A, F, R>(self, command: C, method: F) -> Result<Id<A>, Error>
    where
        A: Aggregate,
        C: Command<Aggregate = A> + Handled<Output = Id<A>>,
        F: Fn(&C::Handler, C, Id<A>, &CommandMetadata) -> R + Send,
        R: HandlerResult<Value = A>,
    {
        let id = self.new_identity(&command);
        let Run { engine, unit, handler } = self;
        let mut attempt = 1;
        loop {
            let asked = command.clone();
            let aggregate = panics::caught(C::NAME, || method(handler, asked, id, &unit.metadata).into_result())?;
            let aggregate = aggregate.map_err(HandlerError::into_error)?;
            match (Run::<C> { engine, unit: &mut *unit, handler }).store_new(aggregate, None).await {
                Err(error) => engine.before_retry::<C>(unit, error, attempt).await?,
                done => return done,
            }
            attempt += 1;
        }
    }

    /// A method that takes the command and the aggregate it names.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn update<A, F, R>(self, command: C, method: F) -> Result<C::Output, Error>
    where
        A: Aggregate,
        C: Identified<A>,
        F: Fn(&C::Handler, C, &mut A, &CommandMetadata) -> R + Send,
        R: HandlerResult<Value = C::Output>,
    {
        let Run { engine, unit, handler } = self;
        let id = command.identifier();
        let shelf = engine.shelf::<A>()?;
        let mut attempt = 1;
        loop {
            let mut place = shelf.checkout(id).await;
            let ready = place.live.take();
            let was_ready = ready.is_some();
            let mut live = match ready {
                Some(live) => live,
                None => replay::load(&*engine.0.store, shelf.types(), id, Snapshots::Used).await?.ok_or_else(|| not_found(id))?,
            };
            let asked = command.clone();
            let decided = panics::caught(C::NAME, || method(handler, asked, live.begin(), &unit.metadata).into_result());
            // A decision that appends nothing is compared with nothing: one that stands on what was ready is checked here.
            let appends = matches!(decided, Ok(Ok(_))) && !live.work().root().pending().is_empty();
            if was_ready && !appends && engine.0.store.version(live.streams.events()).await? != live.state().version() {
                continue;
            }
            let value = match decided {
                Ok(Ok(value)) => value,
                Ok(Err(error)) => {
                    place.put(live);
                    return Err(error.into_error());
                }
                Err(panicked) => {
                    place.put(live);
                    return Err(panicked);
                }
            };
            let save = |commit: &mut _, identities: &mut _| {
                append(engine, commit, identities, shelf.types(), &live.streams, live.work())
            };
            match unit.settle::<C>(engine, &value, save).await {
                Ok(Ok(())) => {
                    // It is stored; an applier that panics now is met by whoever loads the aggregate next.
                    if panics::caught(A::NAME, || live.stored(shelf.types())).is_ok() {
                        place.put(live);
                    }
                    return Ok(value);
                }
                // Settled by somebody else meanwhile: what stands on the shelf is older than that.
                Ok(Err(earlier)) => return Ok(earlier),
                Err(error) => {
                    drop(place);
                    engine.before_retry::<C>(unit, error, attempt).await?;
                    attempt += 1;
                }
            }
        }
    }

    /// A method that takes the command, the identity to be and a context, and returns the new aggregate.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn create_in_context<A, F, R>(self, command: C, retry: bool, method: F) -> Result<Id<A>, Error>
    where
        A: Aggregate,
        C: Command<Aggregate = A> + Handled<Output = Id<A>>,
        F: for<'h> Fn(&'h C::Handler, C, Id<A>, &'h Context) -> BoxFuture<'h, R> + Send + Sync,
        R: HandlerResult<Value = A> + Send,
    {
        let Run { engine, unit, handler } = self;
        let id = Run::<C> { engine, unit: &mut *unit, handler }.new_identity(&command);
        let mut attempt = 1;
        loop {
            let context = unit.context(engine);
            let made = panics::caught_async(C::NAME, method(handler, command.clone(), id, &context)).await?;
            let aggregate = made.into_result().map_err(HandlerError::into_error)?;
            match (Run::<C> { engine, unit: &mut *unit, handler }).store_new(aggregate, Some(context)).await {
                Err(error) if retry => engine.before_retry::<C>(unit, error, attempt).await?,
                done => return done,
            }
            attempt += 1;
        }
    }

    /// A method that takes the command, the aggregate it names and a context.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn update_in_context<A, F, R>(self, command: C, retry: bool, method: F) -> Result<C::Output, Error>
    where
        A: Aggregate,
        C: Identified<A>,
        F: for<'h> Fn(&'h C::Handler, C, &'h mut A, &'h Context) -> BoxFuture<'h, R> + Send + Sync,
        R: HandlerResult<Value = C::Output> + Send,
    {
        let Run { engine, unit, handler } = self;
        let mut attempt = 1;
        loop {
            let context = unit.context(engine);
            let mut aggregate = context.get(command.identifier()).await?;
            let decided = panics::caught_async(C::NAME, method(handler, command.clone(), &mut aggregate, &context)).await?;
            let value = decided.into_result().map_err(HandlerError::into_error)?;
            context.save(aggregate)?;
            match unit.settle_context::<C>(engine, context, value).await {
                Err(error) if retry => engine.before_retry::<C>(unit, error, attempt).await?,
                done => return done,
            }
            attempt += 1;
        }
    }

    /// A method that takes the command and a context, and does everything itself.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn in_context<F, R>(self, command: C, retry: bool, method: F) -> Result<C::Output, Error>
    where
        F: for<'h> Fn(&'h C::Handler, C, &'h Context) -> BoxFuture<'h, R> + Send + Sync,
        R: HandlerResult<Value = C::Output> + Send,
    {
        let Run { engine, unit, handler } = self;
        let mut attempt = 1;
        loop {
            let context = unit.context(engine);
            let decided = panics::caught_async(C::NAME, method(handler, command.clone(), &context)).await?;
            let value = decided.into_result().map_err(HandlerError::into_error)?;
            match unit.settle_context::<C>(engine, context, value).await {
                Err(error) if retry => engine.before_retry::<C>(unit, error, attempt).await?,
                done => return done,
            }
            attempt += 1;
        }
    }

    /// The identity of the aggregate to be: the one the command names, else one that follows from the command.
    fn new_identity<A: Aggregate>(&self, command: &C) -> Id<A>
    where
        C: Command<Aggregate = A>,
    {
        command.identity().unwrap_or_else(|| Id::from_uuid(self.unit.metadata.id.derived("aggregate", 0).uuid()))
    }

    /// Stores a new aggregate, and what a context holds besides.
    async fn store_new<A>(self, aggregate: A, context: Option<Context>) -> Result<Id<A>, Error>
    where
        A: Aggregate,
        C: Handled<Output = Id<A>>,
    {
        let Run { engine, unit, .. } = self;
        let id = aggregate.id();
        if aggregate.root().stored_version().is_some() {
            return Err(Error::failed(
                format!("the handler of `{}` did not create", C::NAME),
                format!("it returned `{}` {id}, which is stored already; take it as `&mut {}` instead", A::NAME, A::NAME),
            ));
        }
        if aggregate.root().pending().is_empty() {
            return Err(Error::failed(
                format!("the handler of `{}` did not create", C::NAME),
                format!("it returned `{}` {id}, to which nothing has happened; raise an event", A::NAME),
            ));
        }
        let types = engine.shelf::<A>()?.types();
        let streams = Streams::of::<A>(types, id);
        let mut stored = None;
        let save = |commit: &mut _, identities: &mut _| {
            append(engine, commit, identities, types, &streams, &aggregate)?;
            if let Some(context) = context {
                stored = Some(context.into_commit(commit, identities)?);
            }
            Ok(())
        };
        match unit.settle::<C>(engine, &id, save).await {
            Ok(Ok(())) => {
                engine.shelf::<A>()?.follow(&aggregate);
                if let Some(stored) = &mut stored {
                    stored.refresh(engine);
                }
                Ok(id)
            }
            Ok(Err(earlier)) => Ok(earlier),
            Err(error) => match error.as_conflict() {
                Some(conflict) if conflict.expected == Expected::NoStream && conflict.stream == *streams.events() => {
                    Err(Rejection::new("id", format!("`{}` {id} exists already", A::NAME)).into())
                }
                _ => Err(error),
            },
        }
    }
}

impl Unit {
    /// A context for a method of this command's handler.
    fn context(&mut self, engine: &Engine) -> Context {
        let further = self.further();
        Context::new(engine.clone(), Issuer::Command(self.metadata.clone(), further), self.origin.clone(), self.metadata.time)
    }

    /// Stores what a context holds, together with the command's answer.
    async fn settle_context<C: Handled>(
        &mut self,
        engine: &Engine,
        context: Context,
        value: C::Output,
    ) -> Result<C::Output, Error>
    where
        C::Output: Output,
    {
        let mut stored = None;
        let save = |commit: &mut _, identities: &mut _| {
            stored = Some(context.into_commit(commit, identities)?);
            Ok(())
        };
        match self.settle::<C>(engine, &value, save).await? {
            Ok(()) => {
                if let Some(mut stored) = stored {
                    stored.refresh(engine);
                }
                Ok(value)
            }
            Err(earlier) => Ok(earlier),
        }
    }
}

impl Engine {
    /// Waits before another attempt after a conflict, or after an unknown outcome of which the store knows nothing; gives every other
    /// error, and the last of these, back.
    async fn before_retry<C: Command>(&self, unit: &mut Unit, error: Error, attempt: u32) -> Result<(), Error> {
        let again = error.kind() == ErrorKind::Conflict || unit.may_decide_again();
        if !again || attempt >= self.0.retry.conflicts {
            return Err(error);
        }
        tracing::debug!(command = C::NAME, attempt, error = %error.without_payload(), "deciding again");
        // The first time at once: whoever wrote has finished. Later ones spread, so that writers do not meet again.
        if attempt > 1 {
            self.0.clock.sleep(self.0.retry.conflict_wait(attempt, self.0.randomness.fraction())).await;
        }
        Ok(())
    }
}
