//! Conditions on rows: built from typed columns, understood by every store.

use std::marker::PhantomData;

use super::Value;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A condition on rows of any table: columns by their index. Null compares with nothing, as in SQL.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A column compared with a value.
    Compare {
        /// The column.
        column: usize,
        /// How.
        comparison: Comparison,
        /// With what.
        value: Value,
    },
    /// A column's value is one of these.
    In {
        /// The column.
        column: usize,
        /// The values.
        values: Vec<Value>,
    },
    /// A text column matches a pattern of `%`, `_` and `\`.
    Like {
        /// The column.
        column: usize,
        /// The pattern.
        pattern: String,
    },
    /// A column has no value.
    Null {
        /// The column.
        column: usize,
    },
    /// Both hold.
    And(Box<(Condition, Condition)>),
    /// One holds or both.
    Or(Box<(Condition, Condition)>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// A condition on rows of the read model `P`.
pub struct Filter<P> {
    condition: Condition,
    of: PhantomData<fn() -> P>,
}

impl<P> Filter<P> {
    pub(super) fn of(condition: Condition) -> Self {
        Filter { condition, of: PhantomData }
    }

    /// Rows for which both hold.
    #[must_use]
    pub fn and(self, other: Filter<P>) -> Self {
        Filter::of(Condition::And(Box::new((self.condition, other.condition))))
    }

    /// Rows for which one holds or both.
    #[must_use]
    pub fn or(self, other: Filter<P>) -> Self {
        Filter::of(Condition::Or(Box::new((self.condition, other.condition))))
    }

    pub(super) fn into_condition(self) -> Condition {
        self.condition
    }
}

/// Rows for which it does not hold; as in SQL, neither do they hold for a comparison with null.
impl<P> std::ops::Not for Filter<P> {
    type Output = Self;

    fn not(self) -> Self {
        Filter::of(Condition::Not(Box::new(self.condition)))
    }
}
