//! Typed queries of read models.

use super::{Condition, Filter, Order, Projection, RowKey, Table};
use crate::{Error, Store};

/// Which way rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first; rows without a value come first.
    Ascending,
    /// Largest first; rows without a value come last.
    Descending,
}

/// What a store is asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The table.
    pub table: &'static Table,
    /// Which rows; `None`: all.
    pub condition: Option<Condition>,
    /// Sorted by these, then by key: the order is always complete.
    pub order: Vec<Order>,
    /// How many rows to leave out at the beginning.
    pub offset: u64,
    /// At most this many rows.
    pub limit: u64,
    /// Whether to count all rows that fit the condition.
    pub count: bool,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<P> {
    /// The rows.
    pub rows: Vec<P>,
    /// Which page it is, from 1.
    pub number: u64,
    /// How many rows a page has.
    pub size: u64,
    /// How many rows there are in all.
    pub total: u64,
}

impl<P> Page<P> {
    /// How many pages there are in all.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(self.size.max(1))
    }

    /// Whether there is a page after this one.
    pub fn has_next(&self) -> bool {
        self.number < self.pages()
    }
}

/// A question about the read model `P`, put together step by step.
///
/// ```
/// # use fidelis::prelude::*;
/// # #[projection] pub struct Balance { #[identifier] pub account_number: String, pub amount: i64 }
/// # async fn ask(bank: &Engine) -> Result<(), Error> {
/// let page = bank
///     .query::<Balance>()
///     .filter(Balance::AMOUNT.ge(100))
///     .order_by(Balance::AMOUNT.descending())
///     .page(1, 20)
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a query asks nothing until it is ended with `all`, `first`, `page`, `count` or `get`"]
pub struct Query<'a, P> {
    store: &'a dyn Store,
    filter: Option<Filter<P>>,
    order: Vec<Order>,
}

impl<'a, P: Projection> Query<'a, P> {
    pub(crate) fn new(store: &'a dyn Store) -> Self {
        Query { store, filter: None, order: Vec::new() }
    }

    /// Only rows that fit; a second filter narrows the first.
    pub fn filter(mut self, filter: Filter<P>) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(narrowed) => narrowed.and(filter),
            None => filter,
        });
        self
    }

    /// Sorted by this column, after those named before.
    pub fn order_by(mut self, order: Order) -> Self {
        self.order.push(order);
        self
    }

    /// The row with this key.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store, [`Corrupt`](crate::ErrorKind::Corrupt) when the row cannot be read.
    pub async fn get(self, key: P::Key) -> Result<Option<P>, Error> {
        self.store.row(P::TABLE, &key.into_key(), false).await?.map(read).transpose()
    }

    /// All rows.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store, [`Corrupt`](crate::ErrorKind::Corrupt) when a row cannot be read.
    pub async fn all(self) -> Result<Vec<P>, Error> {
        let selection = self.selection(0, u64::MAX, false);
        Ok(select(selection.0, &selection.1).await?.0)
    }

    /// The first row.
    ///
    /// # Errors
    /// As [`all`](Query::all).
    pub async fn first(self) -> Result<Option<P>, Error> {
        let selection = self.selection(0, 1, false);
        Ok(select(selection.0, &selection.1).await?.0.pop())
    }

    /// One page of `size` rows, pages counted from 1, with the number of rows there are in all.
    ///
    /// # Errors
    /// As [`all`](Query::all); [`Invalid`](crate::ErrorKind::Invalid) when `number` or `size` is 0.
    pub async fn page(self, number: u64, size: u64) -> Result<Page<P>, Error> {
        if number == 0 || size == 0 {
            return Err(Error::invalid("pages are counted from 1 and hold at least one row"));
        }
        let selection = self.selection((number - 1).saturating_mul(size), size, true);
        let (rows, total) = select(selection.0, &selection.1).await?;
        Ok(Page { rows, number, size, total })
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) from the store.
    pub async fn count(self) -> Result<u64, Error> {
        let selection = self.selection(0, 0, true);
        Ok(select::<P>(selection.0, &selection.1).await?.1)
    }

    fn selection(self, offset: u64, limit: u64, count: bool) -> (&'a dyn Store, Selection) {
        let condition = self.filter.map(Filter::into_condition);
        (self.store, Selection { table: P::TABLE, condition, order: self.order, offset, limit, count })
    }
}

async fn select<P: Projection>(store: &dyn Store, selection: &Selection) -> Result<(Vec<P>, u64), Error> {
    let selected = store.select(selection).await?;
    let rows = selected.rows.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok((rows, selected.total.unwrap_or_default()))
}

fn read<P: Projection>(row: super::Row) -> Result<P, Error> {
    P::from_row(row).map_err(|error| Error::corrupt_store("cannot read a row", error))
}
