//! Rows of the generated dispatch tables: plain data and functions.

use std::{any::Any, any::TypeId, mem, pin::Pin, sync::Arc};

use crate::{
    Context, Engine, Envelope, Error, Event, EventType, HandlerError, Id, KeyOf, Projection, Receipt, Recorded,
    projection::{Key, Row, RowError, Table},
};

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How a handler object comes to be: given when the domain is assembled, else made by `Default`.
#[derive(Clone, Copy)]
pub struct HandlerInstance {
    /// The name of its type, such as `AccountSummaryProjector`.
    pub name: &'static str,
    /// Its type.
    pub type_id: fn() -> TypeId,
    /// Makes one, if its type has a default.
    pub default: fn() -> Option<Arc<dyn Any + Send + Sync>>,
}

/// Decodes a command from JSON and processes it.
pub type ProcessJson = for<'a> fn(&'a Engine, &'a str, Envelope) -> BoxFuture<'a, Result<Receipt<String>, Error>>;

/// Decodes a message and calls a method of an event handler.
pub type CallEventMethod =
    for<'a> fn(&'a (dyn Any + Send + Sync), &'a Message, &'a Context) -> BoxFuture<'a, Result<(), HandlerError>>;

/// The key of the row that a message changes.
pub type KeyOfMessage = fn(&Message) -> Result<Key, Error>;

/// A command and its handler.
pub struct CommandRow {
    /// [`Command::NAME`](crate::Command::NAME).
    pub name: &'static str,
    /// [`Command::VERSION`](crate::Command::VERSION).
    pub version: u32,
    /// The stream of the aggregate that decides about it.
    pub stream: &'static str,
    /// Who handles it.
    pub handler: HandlerInstance,
    /// The method.
    pub method: &'static str,
    /// Decodes the command from JSON and processes it; gives the output as JSON.
    pub process: ProcessJson,
}

/// A message on its way to a method.
pub type Message = Recorded;

impl Message {
    /// The key of the row that the event changes, by the identity of its aggregate.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) when the stream is not named after a UUID.
    pub fn key<E: Event, K: KeyOf<E>>(&self) -> Result<K, Error> {
        let id: Id<E::Aggregate> =
            self.metadata.stream.id().parse().map_err(|error: crate::InvalidId| Error::corrupt(&self.metadata, error))?;
        Ok(K::of_aggregate(id))
    }
}

/// What a method of an event handler takes.
#[derive(Clone, Copy, Debug)]
pub enum EventSelector {
    /// Events of a type.
    Type(EventType),
    /// Events of a stored type, by its whole name, such as `Fidelis.AccountFactEvent.v1`.
    Name(&'static str),
}

/// A method of an event handler.
pub struct EventMethod {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub event: EventSelector,
    /// Decodes the message and calls the method.
    pub call: CallEventMethod,
}

/// An event handler: one subscription.
pub struct EventHandlerRow {
    /// The handler.
    pub handler: HandlerInstance,
    /// The stream of the aggregate it belongs to.
    pub part_of: &'static str,
    /// Categories it listens to besides those of the events its methods take, without the domain.
    pub categories: &'static [&'static str],
    /// Its methods.
    pub methods: &'static [EventMethod],
}

/// A method of a projector.
pub struct ProjectorMethod {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub event: EventType,
    /// The key of the row it needs to see; `None` when it only writes a new one.
    pub key: Option<KeyOfMessage>,
    /// Decodes the message and folds it into the row.
    pub call: fn(&(dyn Any + Send + Sync), &Message, &mut RowSlot) -> Result<(), HandlerError>,
}

/// A projector: one subscription that writes one read model.
pub struct ProjectorRow {
    /// The projector.
    pub projector: HandlerInstance,
    /// The read model it writes.
    pub table: &'static Table,
    /// The streams of the aggregates it says it listens to.
    pub aggregates: &'static [&'static str],
    /// Its methods.
    pub methods: &'static [ProjectorMethod],
}

/// The row that a projector is changing: as it is stored, or as the type it was last used as.
#[derive(Clone)]
pub struct RowSlot {
    state: SlotState,
    changed: bool,
}

#[derive(Clone)]
enum SlotState {
    Absent,
    Stored(Row),
    Typed(Box<dyn TypedRow>),
}

trait TypedRow: Send {
    fn as_any(&mut self) -> &mut dyn Any;
    fn into_row(self: Box<Self>) -> Row;
    fn key(&self) -> Key;
    fn copy(&self) -> Box<dyn TypedRow>;
}

impl Clone for Box<dyn TypedRow> {
    fn clone(&self) -> Self {
        (**self).copy()
    }
}

impl<P: Projection> TypedRow for P {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn into_row(self: Box<Self>) -> Row {
        P::into_row(*self)
    }

    fn key(&self) -> Key {
        crate::projection::RowKey::into_key(P::key(self))
    }

    fn copy(&self) -> Box<dyn TypedRow> {
        Box::new(self.clone())
    }
}

impl RowSlot {
    /// A row as the store has it; `None`: there is none.
    pub fn new(stored: Option<Row>) -> Self {
        RowSlot { state: stored.map_or(SlotState::Absent, SlotState::Stored), changed: false }
    }

    /// Puts a row.
    pub fn put<P: Projection>(&mut self, row: P) {
        self.state = SlotState::Typed(Box::new(row));
        self.changed = true;
    }

    /// Changes the row.
    ///
    /// # Errors
    /// When there is no row, when it cannot be read, or what `change` returns.
    pub fn update<P: Projection>(&mut self, change: impl FnOnce(&mut P) -> Result<(), HandlerError>) -> Result<(), HandlerError> {
        // Most rows are changed once: only one that is changed again is boxed and stays typed until it is stored.
        if !self.changed
            && let SlotState::Stored(_) = self.state
            && let SlotState::Stored(row) = mem::replace(&mut self.state, SlotState::Absent)
        {
            let mut row = P::from_row(row)?;
            change(&mut row)?;
            *self = RowSlot { state: SlotState::Stored(row.into_row()), changed: true };
            return Ok(());
        }
        self.load::<P>()?;
        let SlotState::Typed(row) = &mut self.state else {
            return Err(HandlerError::failed(format!(
                "there is no row in read model `{}` for this event to change",
                P::TABLE.name
            )));
        };
        let row = row.as_any().downcast_mut().expect("one projector writes one type of row");
        self.changed = true;
        change(row)
    }

    /// Changes, creates or deletes the row.
    ///
    /// # Errors
    /// When the row cannot be read, or what `change` returns.
    pub fn replace<P: Projection>(
        &mut self,
        change: impl FnOnce(&mut Option<P>) -> Result<(), HandlerError>,
    ) -> Result<(), HandlerError> {
        self.load::<P>()?;
        let mut row = match &mut self.state {
            SlotState::Typed(row) => row.as_any().downcast_mut::<P>().cloned(),
            _ => None,
        };
        change(&mut row)?;
        self.changed = true;
        self.state = row.map_or(SlotState::Absent, |row| SlotState::Typed(Box::new(row)));
        Ok(())
    }

    /// Whether anything was put, changed or deleted.
    pub(crate) fn changed(&self) -> bool {
        self.changed
    }

    /// The key of the row, when there is a typed one.
    pub(crate) fn key(&self) -> Option<Key> {
        match &self.state {
            SlotState::Typed(row) => Some(row.key()),
            _ => None,
        }
    }

    /// A copy of the row as the store is to have it; `None`: it is to be deleted.
    pub(crate) fn to_row(&self) -> Option<Row> {
        match &self.state {
            SlotState::Absent => None,
            SlotState::Stored(row) => Some(row.clone()),
            SlotState::Typed(row) => Some(row.copy().into_row()),
        }
    }

    /// What was put, changed or deleted is stored now.
    pub(crate) fn settle(&mut self) {
        self.changed = false;
    }

    /// The row as the store is to have it; `None`: it is to be deleted.
    pub(crate) fn into_row(self) -> Option<Row> {
        match self.state {
            SlotState::Absent => None,
            SlotState::Stored(row) => Some(row),
            SlotState::Typed(row) => Some(row.into_row()),
        }
    }

    fn load<P: Projection>(&mut self) -> Result<(), RowError> {
        if let SlotState::Stored(_) = self.state
            && let SlotState::Stored(row) = mem::replace(&mut self.state, SlotState::Absent)
        {
            self.state = SlotState::Typed(Box::new(P::from_row(row)?));
        }
        Ok(())
    }
}
