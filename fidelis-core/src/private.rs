//! What generated code calls. Not for people: it may change with any version.

use std::{
    any::{Any, TypeId},
    borrow::Cow,
    fmt,
    marker::PhantomData,
    sync::Arc,
};

pub use garde;
pub use inventory;
pub use serde;
pub use serde::{Deserialize, Serialize};

use crate::{Aggregate, Event, EventType, Handled, PartOf};
pub use crate::{
    aggregate::{EventSourced, Facts, Invariant, Invariants, NoFacts, OnReplay, StateStored, Storage},
    codec::{PayloadError, from_json, to_json},
    engine::process_json,
    handler::{
        CommandRow, EventHandlerRow, EventMethod, EventSelector, HandlerInstance, HandlerResult, ProjectorMethod, ProjectorRow,
        RowSlot,
    },
    projection::{ColumnDefinition, Columns, Key, Row, RowError, RowKey, Table, Value},
    registry::table_of,
    registry::{AggregateRow, CommandType, Element, Registration},
    validated::validate_fields,
};

/// A message of `ensure!` or `reject!`: a literal without arguments is not copied.
pub fn message(text: fmt::Arguments<'_>) -> Cow<'static, str> {
    text.as_str().map_or_else(|| Cow::Owned(text.to_string()), Cow::Borrowed)
}

/// Which events a kind of storage needs an `#[apply]` for.
pub trait Handles<A, E> {}
impl<A: crate::Apply<E>, E: PartOf<A>> Handles<A, E> for EventSourced {}
impl<A, E> Handles<A, E> for StateStored {}

/// Compiles only if `A` does not need an `#[apply]` for `E`, or has one.
pub const fn require_apply<A: Aggregate, E: PartOf<A>>()
where
    A::Storage: Handles<A, E>,
{
}

/// Compiles only if `C` has a handler.
pub const fn require_handler<C: Handled>() {}

/// Compiles only if `P` has steps.
pub const fn require_steps<P: crate::process::Steps>() {}

/// The key of a process manager whose own was refused: whatever it says about events, only the mistake is reported.
#[derive(Clone)]
pub struct RefusedKey;

impl crate::process::CorrelationKey for RefusedKey {
    fn process_key(&self) -> Result<crate::process::ProcessKey, crate::Rejection> {
        crate::process::ProcessKey::new("refused")
    }
}

impl<E: Event> crate::process::IdentityOf<E> for RefusedKey {
    fn of_aggregate(_: crate::Uuid) -> Self {
        RefusedKey
    }
}

/// Compiles only if process manager `P` may issue `C`.
pub const fn require_issued<P: crate::process::ProcessManager, C: crate::process::IssuedBy<P>>() {}

/// Refuses, in the compiler, two events of one aggregate with one stored name.
pub const fn assert_unique(events: &[EventType]) {
    let mut left = 0;
    while left < events.len() {
        let mut right = left + 1;
        while right < events.len() {
            let same = same(events[left].name, events[right].name) && events[left].version == events[right].version;
            assert!(!same, "two events of this aggregate have the same stored name; give one another: `#[event(name = \"..\")]`");
            right += 1;
        }
        left += 1;
    }
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() && left[at] == right[at] {
        at += 1;
    }
    at == left.len() && at == right.len()
}

/// Refuses, in the compiler, a name that cannot begin the names of streams.
pub const fn assert_name(name: &str) {
    let bytes = name.as_bytes();
    assert!(!bytes.is_empty() && bytes[0].is_ascii_lowercase(), "a name begins with a lower-case letter, such as `fidelis`");
    let mut at = 0;
    while at < bytes.len() {
        let fits = bytes[at].is_ascii_lowercase() || bytes[at].is_ascii_digit() || bytes[at] == b'_';
        assert!(fits, "a name is written in lower-case letters, digits and `_`, such as `fidelis`");
        at += 1;
    }
}

/// The payload of an event of a set, as the event's own type.
///
/// # Errors
/// When the payload is not an `E`.
#[inline]
pub fn decode<E: Event>(payload: &str) -> Result<E, PayloadError> {
    from_json(payload)
}

/// Answers whether `T` has a default, for a concrete `T`: a method of [`ViaDefault`] is found before one of [`ViaInstance`].
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    /// The question.
    pub const NEW: Self = Probe(PhantomData);
}

/// Found for types with a default.
pub trait ViaDefault {
    /// A new instance.
    fn instance(&self) -> Option<Arc<dyn Any + Send + Sync>>;
}

impl<T: Default + Send + Sync + 'static> ViaDefault for Probe<T> {
    fn instance(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        Some(Arc::new(T::default()))
    }
}

/// Found for types without.
pub trait ViaInstance {
    /// None: the instance has to be given.
    fn instance(&self) -> Option<Arc<dyn Any + Send + Sync>>;
}

impl<T: Send + Sync + 'static> ViaInstance for &Probe<T> {
    fn instance(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
}

/// The row of a handler object: its name, its type, and how one is made.
#[doc(hidden)]
#[macro_export]
macro_rules! __handler_instance {
    ($handler:ty) => {
        $crate::__private::HandlerInstance {
            name: ::core::stringify!($handler),
            type_id: ::core::any::TypeId::of::<$handler>,
            default: || {
                use $crate::__private::{ViaDefault as _, ViaInstance as _};
                (&$crate::__private::Probe::<$handler>::NEW).instance()
            },
        }
    };
}

/// The handler object behind an erased one.
///
/// # Panics
/// Never for rows that the attributes write: they hand the object to methods of its own type.
pub fn handler<H: 'static>(object: &(dyn Any + Send + Sync)) -> &H {
    object.downcast_ref().expect("rows name the type of their handler")
}

/// Used by [`__handler_instance`].
pub type HandlerTypeId = TypeId;

/// Compiles only if `C` is a command of `A`.
pub const fn require_part_of<A: Aggregate, C: crate::Command<Aggregate = A>>() {}

/// The key of the row of `P` that an event changes, by the identity of the event's aggregate.
///
/// # Errors
/// When the event's stream is not named after a UUID.
pub fn row_key<P: crate::Projection, E: Event>(message: &crate::Recorded) -> Result<Key, crate::Error>
where
    P::Key: crate::KeyOf<E>,
{
    message.key::<E, P::Key>().map(RowKey::into_key)
}

/// The key of a row of `P`, from fields of an event.
pub fn key_from<P: crate::Projection>(key: P::Key) -> Key {
    key.into_key()
}

/// What a projector's method may return for a new row: the row, or a result of one.
#[diagnostic::on_unimplemented(
    message = "this method returns `{Self}`, which is not a row of `{P}`",
    label = "expected `{P}`, or a `Result` of one"
)]
pub trait NewRow<P> {
    /// The row.
    ///
    /// # Errors
    /// What the method returned.
    fn into_row(self) -> Result<P, crate::HandlerError>;
}

impl<P: crate::Projection> NewRow<P> for P {
    fn into_row(self) -> Result<P, crate::HandlerError> {
        Ok(self)
    }
}

impl<P, E: Into<crate::HandlerError>> NewRow<P> for Result<P, E> {
    fn into_row(self) -> Result<P, crate::HandlerError> {
        self.map_err(Into::into)
    }
}

/// The new row that a projector's method returned.
///
/// # Errors
/// What the method returned.
pub fn new_row<P>(returned: impl NewRow<P>) -> Result<P, crate::HandlerError> {
    returned.into_row()
}
