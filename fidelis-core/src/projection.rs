//! Read models: flat rows with a key, kept up to date by projectors and asked through typed queries.

mod column;
pub mod evaluate;
mod filter;
mod fit;
mod json;
mod query;
mod row;
#[cfg(test)]
mod tests;

pub use column::{Column, ColumnDefinition, ColumnType, Columns, Order};
pub use filter::{Comparison, Condition, Filter};
pub use json::Json;
pub use query::{Direction, Page, Query, Selection};
pub use row::{Key, Row, RowError, RowKey, Table, Value};

use std::fmt::Debug;

use crate::{Aggregate, Event, Id};

/// A row of a read model. Written with `#[projection]`.
///
/// Flat: one column per field, in the order of the fields. The key is the fields marked `#[identifier]`.
///
/// ```
/// use fidelis::prelude::*;
/// # pub struct Account;
///
/// #[projection]
/// pub struct Balance {
///     #[identifier]
///     pub account_number: String,
///     pub amount: i64,
/// }
///
/// assert_eq!(Balance::TABLE.name, "balance");
/// let overdrawn = Balance::AMOUNT.lt(0).and(Balance::ACCOUNT_NUMBER.like("ACC-%"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of a read model",
    label = "not declared with `#[projection]`",
    note = "declare it `#[projection] struct {Self} {{ .. }}`"
)]
pub trait Projection: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Its table: name, columns, key, indexes.
    const TABLE: &'static Table;
    /// The type of its key: that of the field marked `#[identifier]`, or a tuple of them.
    type Key: RowKey;

    /// The key of this row.
    fn key(&self) -> Self::Key;

    /// The row as values, in the order of the columns.
    fn into_row(self) -> Row;

    /// A row from values in the order of the columns.
    ///
    /// # Errors
    /// When a value does not fit its column; the error names table and column.
    fn from_row(row: Row) -> Result<Self, RowError>;
}

/// Rows keyed by `Self` can be found for an event `E`: the key is the identity of the aggregate the event happened to.
#[diagnostic::on_unimplemented(
    message = "event `{E}` does not say which row it changes: the read model is keyed by `{Self}`",
    label = "not the identity of this event's aggregate",
    note = "name the event's field that holds the key: `#[on(key = field)]`, or `#[on(key = (field, field))]`"
)]
pub trait KeyOf<E: Event>: RowKey {
    /// The key, from the identity of the event's aggregate.
    fn of_aggregate(id: Id<E::Aggregate>) -> Self;
}

impl<A: Aggregate, E: Event<Aggregate = A>> KeyOf<E> for Id<A> {
    fn of_aggregate(id: Id<A>) -> Self {
        id
    }
}
