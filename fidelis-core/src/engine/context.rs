//! What handlers with full control are given: repositories, further commands, read models, time.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use jiff::Timestamp;
use parking_lot::Mutex;

use super::{
    CommandMetadata, Engine, Envelope,
    append::{Identities, append},
    not_found,
    unit::{Further, Unit},
};
use crate::{Aggregate, Error, Handled, Id, MessageId, Metadata, Origin, Projection, Query, store::Commit};

/// What a handler works with: one unit of work. What it saves is stored together, when it succeeds, or not at all.
///
/// ```
/// # use fidelis::prelude::*;
/// # #[event(part_of = Account)] pub struct MoneyMoved { pub by: i64 }
/// # #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// # #[aggregate] impl Account {
/// #     pub fn move_by(&mut self, by: i64) -> Result<(), Rejection> { self.raise(MoneyMoved { by }) }
/// #     #[apply] fn on_money_moved(&mut self, event: &MoneyMoved) { self.balance += event.by; } }
/// # #[command(part_of = Account)] pub struct Sweep { pub from: Id<Account>, pub to: Id<Account> }
/// # #[derive(Default)] pub struct SweepHandler;
/// #[command_handler(part_of = Account)]
/// impl SweepHandler {
///     #[handle(retry)]
///     async fn sweep(&self, command: Sweep, ctx: &Context) -> Result<i64, HandlerError> {
///         let mut from = ctx.get(command.from).await?;
///         let mut to = ctx.get(command.to).await?;
///         let all = from.balance;
///         from.move_by(-all)?;
///         to.move_by(all)?;
///         ctx.save(from)?;
///         ctx.save(to)?;      // both or neither
///         Ok(all)
///     }
/// }
/// ```
pub struct Context {
    engine: Engine,
    issuer: Issuer,
    origin: Origin,
    now: Timestamp,
    saved: Mutex<Vec<Box<dyn Saved>>>,
    /// How many commands and identities were made here: each follows from the message in hand and its number.
    made: AtomicU32,
}

/// The message a handler has in hand.
pub(super) enum Issuer {
    /// A command, and what those it leads to have written.
    Command(CommandMetadata, Arc<Further>),
    /// An event, and the consumer handling it.
    Event(Box<Metadata>, &'static str),
}

impl Context {
    pub(super) fn new(engine: Engine, issuer: Issuer, origin: Origin, now: Timestamp) -> Self {
        Context { engine, issuer, origin, now, saved: Mutex::default(), made: AtomicU32::new(0) }
    }

    /// An aggregate as it is now, with what this unit has saved of it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Corrupt`](crate::ErrorKind::Corrupt), as [`Engine::load`].
    pub async fn get<A: Aggregate>(&self, id: Id<A>) -> Result<A, Error> {
        self.find(id).await?.ok_or_else(|| not_found(id))
    }

    /// An aggregate as it is now, with what this unit has saved of it; `None` when nothing ever happened to it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt), as [`Engine::find`].
    pub async fn find<A: Aggregate>(&self, id: Id<A>) -> Result<Option<A>, Error> {
        let saved = self
            .saved
            .lock()
            .iter()
            .find_map(|saved| saved.as_any().downcast_ref::<A>().filter(|saved| saved.id() == id).cloned());
        match saved {
            Some(saved) => Ok(Some(saved)),
            None => self.engine.find(id).await,
        }
    }

    /// Saves an aggregate with this unit. Saved again, the later state with all its events counts.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid) when the aggregate does not belong to this domain;
    /// [`Failed`](crate::ErrorKind::Failed) when it was loaded before an earlier save here, whose events it would lose.
    pub fn save<A: Aggregate>(&self, aggregate: A) -> Result<(), Error> {
        self.engine.shelf::<A>()?;
        let mut saved = self.saved.lock();
        for earlier in saved.iter_mut() {
            let Some(earlier) = earlier.as_any_mut().downcast_mut::<A>().filter(|earlier| earlier.id() == aggregate.id()) else {
                continue;
            };
            let (before, now) = (earlier.root(), aggregate.root());
            if now.stored_version() != before.stored_version() || !now.pending().starts_with(before.pending()) {
                let text = format!("`{}` {} was saved twice from two copies", A::NAME, aggregate.id());
                return Err(Error::failed(
                    text,
                    "the second copy does not have the events of the first: load it again after saving",
                ));
            }
            *earlier = aggregate;
            return Ok(());
        }
        saved.push(Box::new(aggregate));
        Ok(())
    }

    /// Processes a further command, as a unit of its own, and gives its answer. Its consumers are not waited for.
    ///
    /// Its identity follows from the message in hand: when that is handled again, the command is recognised and not done twice.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub async fn process<C: Handled>(&self, command: C) -> Result<C::Output, Error> {
        let envelope = Envelope::caused(self.cause(), self.label(C::NAME).as_str(), self.next(), &self.origin);
        let mut unit = Unit::begin(&self.engine, envelope);
        // Boxed: a handler's future would otherwise hold those of all commands it may lead to.
        let done = Box::pin(unit.execute(&self.engine, command)).await;
        if let Issuer::Command(_, further) = &self.issuer {
            further.add(&unit.written());
        }
        done
    }

    /// Asks a read model.
    pub fn query<P: Projection>(&self) -> Query<'_, P> {
        self.engine.query()
    }

    /// The time at which the message in hand is being handled.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new identity, that follows from the message in hand: handling it again gives the same.
    pub fn new_id<A>(&self) -> Id<A> {
        Id::from_uuid(self.cause().derived(self.label("identity").as_str(), self.next()).uuid())
    }

    /// The causal chain this belongs to.
    pub fn correlation_id(&self) -> MessageId {
        self.origin.correlation_id
    }

    /// The command in hand.
    ///
    /// # Panics
    /// In an event handler, which takes `&Metadata` for what it has in hand. Generated code calls this in command handlers only.
    pub fn command(&self) -> &CommandMetadata {
        match &self.issuer {
            Issuer::Command(metadata, _) => metadata,
            Issuer::Event(..) => {
                panic!("an event handler has no command in hand; take `&Metadata`")
            }
        }
    }

    fn cause(&self) -> MessageId {
        match &self.issuer {
            Issuer::Command(metadata, _) => metadata.id,
            Issuer::Event(metadata, _) => metadata.id,
        }
    }

    /// Two consumers of one event must not make the same identities.
    fn label(&self, what: &str) -> String {
        match &self.issuer {
            Issuer::Command(..) => what.to_owned(),
            Issuer::Event(_, consumer) => format!("{consumer}/{what}"),
        }
    }

    fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Adds what was saved to a commit.
    pub(super) fn into_commit(self, commit: &mut Commit, identities: &mut Identities) -> Result<Stored, Error> {
        let saved = self.saved.into_inner();
        for aggregate in &saved {
            aggregate.append(&self.engine, commit, identities)?;
        }
        Ok(Stored(saved))
    }
}

/// What a unit saved, once it is stored.
pub(super) struct Stored(Vec<Box<dyn Saved>>);

impl Stored {
    /// Puts it on the engine's shelves.
    pub(super) fn refresh(&mut self, engine: &Engine) {
        self.0.drain(..).for_each(|saved| saved.refresh(engine));
    }
}

/// A saved aggregate of whatever type.
trait Saved: Send {
    fn as_any(&self) -> &dyn std::any::Any;
    fn as_any_mut(&mut self) -> &mut dyn std::any::Any;
    fn append(&self, engine: &Engine, commit: &mut Commit, identities: &mut Identities) -> Result<(), Error>;
    fn refresh(self: Box<Self>, engine: &Engine);
}

impl<A: Aggregate> Saved for A {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }

    fn append(&self, engine: &Engine, commit: &mut Commit, identities: &mut Identities) -> Result<(), Error> {
        let types = engine.shelf::<A>()?.types();
        let streams = super::append::Streams::of::<A>(types, self.id());
        append(engine, commit, identities, types, &streams, self)
    }

    fn refresh(self: Box<Self>, engine: &Engine) {
        if let Ok(shelf) = engine.shelf::<A>() {
            shelf.follow(&self);
        }
    }
}
