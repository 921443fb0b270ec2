//! The rows that the attributes register at link time, before they are sorted and checked by a [`Domain`](crate::Domain).

use std::any::{Any, TypeId};

use crate::{
    Aggregate, EventType, Facts, Projection,
    aggregate::Storage,
    domain::Catalog,
    engine::Keeping,
    handler::{CommandRow, EventHandlerRow, ProjectorRow},
    process::ProcessRow,
    projection::Table,
};

/// One registered element of a domain.
pub struct Registration {
    /// Where it was written: decides which domain owns it.
    pub module: &'static str,
    /// What it is.
    pub element: Element,
}

inventory::collect!(Registration);

/// What can be registered.
pub enum Element {
    /// A domain: `domain!("fidelis")`.
    Domain(&'static str),
    /// An aggregate.
    Aggregate(AggregateRow),
    /// An event.
    Event(EventType),
    /// A command.
    Command(CommandType),
    /// A command's handler.
    CommandHandler(CommandRow),
    /// An event handler.
    EventHandler(EventHandlerRow),
    /// A read model.
    Projection(&'static Table),
    /// A projector.
    Projector(ProjectorRow),
    /// A process manager.
    ProcessManager(ProcessRow),
}

/// Makes the place where the engine keeps aggregates of one type ready.
pub(crate) type MakeShelf = fn(&Catalog, Keeping) -> (TypeId, Box<dyn Any + Send + Sync>);

/// An aggregate.
#[derive(Clone, Copy, Debug)]
pub struct AggregateRow {
    /// [`Aggregate::NAME`].
    pub name: &'static str,
    /// [`Aggregate::STREAM`].
    pub stream: &'static str,
    /// The events its state is rebuilt from.
    pub events: &'static [EventType],
    /// Its facts.
    pub fact: Option<EventType>,
    /// Its type.
    pub(crate) type_id: fn() -> TypeId,
    /// Makes the place where the engine keeps such aggregates ready, and how many of them.
    pub(crate) shelf: MakeShelf,
    /// Compares what the engine keeps ready with what the log gives.
    pub(crate) disagreement: crate::engine::FindDisagreement,
    /// Keeps no such aggregate ready any more.
    pub(crate) clear: fn(&crate::Engine),
    /// The state that the log gives, as JSON.
    pub(crate) state: crate::engine::FindState,
}

impl AggregateRow {
    /// The row of `A`.
    pub const fn of<A: Aggregate>() -> Self {
        AggregateRow {
            name: A::NAME,
            stream: A::STREAM,
            events: <A::Storage as Storage<A>>::REPLAYED,
            fact: <A::Facts as Facts<A>>::FACT,
            type_id: TypeId::of::<A>,
            shelf: crate::engine::shelf_of::<A>,
            disagreement: crate::engine::disagreement::<A>,
            clear: crate::engine::clear_shelf::<A>,
            state: crate::engine::state_of::<A>,
        }
    }
}

/// A command, whether handled or not.
#[derive(Clone, Copy, Debug)]
pub struct CommandType {
    /// [`Command::NAME`](crate::Command::NAME).
    pub name: &'static str,
    /// The stream of its aggregate.
    pub stream: &'static str,
}

impl CommandType {
    /// The row of `C`.
    pub const fn of<C: crate::Command>() -> Self {
        CommandType { name: C::NAME, stream: <C::Aggregate as Aggregate>::STREAM }
    }
}

/// The table of `P`, for a row.
pub const fn table_of<P: Projection>() -> &'static Table {
    P::TABLE
}

/// Registers an element with the module it is written in.
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($element:expr) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registration { module: ::core::module_path!(), element: $element }
        }
    };
}
