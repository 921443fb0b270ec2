//! Types that a column can have, and columns as typed constants.

use std::marker::PhantomData;

use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Comparison, Direction, Filter, Value};
use crate::Id;

/// What a database makes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// An exact decimal number.
    Decimal,
    /// A text.
    Text,
    /// An instant.
    Timestamp,
    /// A 128-bit identity.
    Uuid,
    /// A nested value, as JSON.
    Json,
}

/// A type that can be a column of a read model.
///
/// Own types derive it: `#[derive(Column)]` on a wrapper takes the column type of what it wraps, on an enum of plain variants
/// it is a text, the name serde gives the variant.
///
/// ```
/// use fidelis::prelude::*;
/// #[derive(Column, Clone, Debug, PartialEq)]
/// pub struct Percent(i64);
/// assert_eq!(Percent(5).into_value(), Value::Integer(5));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column of a read model",
    label = "not a column type",
    note = "derive it: `#[derive(Column)]` on a wrapper or an enum of plain variants, or wrap a nested value in `Json<{Self}>`"
)]
pub trait Column: Clone + Send + Sync + 'static {
    /// What a database makes of it.
    const TYPE: ColumnType;
    /// Whether it may be absent.
    const NULLABLE: bool = false;

    /// As a value.
    fn into_value(self) -> Value;

    /// From a value.
    ///
    /// # Errors
    /// The value itself when it is of another type or out of range.
    fn from_value(value: Value) -> Result<Self, Value>;
}

/// A column as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name: that of the field.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be null.
    pub nullable: bool,
}

impl ColumnDefinition {
    /// The column `name` of type `C`.
    pub const fn of<C: Column>(name: &'static str) -> Self {
        ColumnDefinition { name, column_type: C::TYPE, nullable: C::NULLABLE }
    }
}

/// A column of the read model `P` whose values are `C`: a generated constant, such as `AccountSummary::BALANCE`.
///
/// ```
/// use fidelis::prelude::*;
/// #[projection]
/// pub struct Balance { #[identifier] pub account_number: String, pub amount: i64 }
/// let filter = Balance::AMOUNT.ge(100).and(Balance::ACCOUNT_NUMBER.is_in(["ACC-001", "ACC-002"]));
/// let order = Balance::AMOUNT.descending();
/// ```
pub struct Columns<P, C> {
    index: usize,
    types: PhantomData<fn() -> (P, C)>,
}

impl<P, C> Clone for Columns<P, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, C> Copy for Columns<P, C> {}

/// A column to sort by, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The column: an index into the table's columns.
    pub column: usize,
    /// Which way.
    pub direction: Direction,
}

impl<P, C> Columns<P, C> {
    /// The `index`-th column.
    pub const fn new(index: usize) -> Self {
        Columns { index, types: PhantomData }
    }
}

impl<P, C: Column> Columns<P, C> {
    /// Rows whose value equals `value`.
    pub fn eq(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::Equal, value)
    }

    /// Rows whose value differs from `value`; not those without a value.
    pub fn ne(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::NotEqual, value)
    }

    /// Rows whose value is below `value`.
    pub fn lt(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::Less, value)
    }

    /// Rows whose value is `value` or below.
    pub fn le(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::LessOrEqual, value)
    }

    /// Rows whose value is above `value`.
    pub fn gt(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::Greater, value)
    }

    /// Rows whose value is `value` or above.
    pub fn ge(self, value: impl Into<C>) -> Filter<P> {
        self.compare(Comparison::GreaterOrEqual, value)
    }

    /// Rows whose value is one of `values`.
    pub fn is_in<V: Into<C>>(self, values: impl IntoIterator<Item = V>) -> Filter<P> {
        let values = values.into_iter().map(|value| value.into().into_value()).collect();
        Filter::of(super::filter::Condition::In { column: self.index, values })
    }

    /// Rows without a value.
    pub fn is_null(self) -> Filter<P> {
        Filter::of(super::filter::Condition::Null { column: self.index })
    }

    /// Smallest first; rows without a value come first.
    pub const fn ascending(self) -> Order {
        Order { column: self.index, direction: Direction::Ascending }
    }

    /// Largest first; rows without a value come last.
    pub const fn descending(self) -> Order {
        Order { column: self.index, direction: Direction::Descending }
    }

    fn compare(self, comparison: Comparison, value: impl Into<C>) -> Filter<P> {
        let value = value.into().into_value();
        Filter::of(super::filter::Condition::Compare { column: self.index, comparison, value })
    }
}

impl<P> Columns<P, String> {
    /// Rows whose text matches a pattern: `%` stands for any text, `_` for any one character, `\` takes the next literally.
    /// Upper and lower case differ.
    pub fn like(self, pattern: impl Into<String>) -> Filter<P> {
        Filter::of(super::filter::Condition::Like { column: self.index, pattern: pattern.into() })
    }
}

macro_rules! column {
    ($type:ty, $variant:ident) => {
        impl Column for $type {
            const TYPE: ColumnType = ColumnType::$variant;

            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn from_value(value: Value) -> Result<Self, Value> {
                match value {
                    Value::$variant(value) => Ok(value),
                    other => Err(other),
                }
            }
        }
    };
}

column!(bool, Boolean);
column!(i64, Integer);
column!(Decimal, Decimal);
column!(String, Text);
column!(Timestamp, Timestamp);
column!(Uuid, Uuid);

macro_rules! integer_column {
    ($($type:ty)+) => {
        $(impl Column for $type {
            const TYPE: ColumnType = ColumnType::Integer;

            fn into_value(self) -> Value {
                Value::Integer(i64::from(self))
            }

            fn from_value(value: Value) -> Result<Self, Value> {
                match value {
                    Value::Integer(number) => number.try_into().map_err(|_| value),
                    other => Err(other),
                }
            }
        })+
    };
}

integer_column!(i8 i16 i32 u8 u16 u32);

impl<A: 'static> Column for Id<A> {
    const TYPE: ColumnType = ColumnType::Uuid;

    fn into_value(self) -> Value {
        Value::Uuid(self.uuid())
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        Uuid::from_value(value).map(Id::from_uuid)
    }
}

impl<C: Column> Column for Option<C> {
    const TYPE: ColumnType = C::TYPE;
    const NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.map_or(Value::Null, C::into_value)
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Null => Ok(None),
            value => C::from_value(value).map(Some),
        }
    }
}
