//! The tests that bind every store to the contract of [`Store`]: the same cases run on each of them.
//!
//! An adapter writes a [`Harness`] and one line, `fidelis_core::conformance!(..)`; every case becomes a test of its own. The
//! cases use no more than the port, deterministic data and no clock; where they need threads, they start them.

mod appends;
mod cancellation;
mod checkpoints;
mod concurrency;
mod durability;
mod folds;
mod list;
mod material;
mod model;
pub(crate) mod moving;
mod parked;
mod positions;
mod reads;
mod rows;
mod rows_ahead;
mod selections;
mod settlements;
mod staged;
#[cfg(test)]
mod tests;
mod time;
mod waiting;
mod write;

#[cfg(test)]
pub(crate) use model::random::Random;

use std::{fmt, sync::Arc};

use crate::{BoxFuture, Store};

/// Opens the store under test.
///
/// Every case gets a harness of its own, so a harness may hold what its store lives in: a folder, a database.
pub trait Harness: Send + Sync {
    /// Opens a store with nothing in it, and not prepared for any table.
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>>;

    /// Closes the store that was opened last and opens what it left behind. A store that keeps nothing gives itself back.
    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(std::future::ready(store))
    }

    /// Runs a future of the store to its end: on the runtime that the store needs, if it needs one.
    ///
    /// Some cases call it from several threads at once while another call of it is under way.
    fn run(&self, future: BoxFuture<'_, ()>) {
        pollster::block_on(future);
    }
}

/// One case of the suite.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    case: for<'a> fn(&'a dyn Harness) -> BoxFuture<'a, ()>,
}

impl Case {
    /// Its subject and its name, such as `appends::conflict_on_the_second_stream_undoes_the_first`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it on the store of a harness.
    ///
    /// # Panics
    /// When the store does not keep the contract; the message says where.
    pub fn run(&self, harness: &dyn Harness) {
        harness.run((self.case)(harness));
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All cases, subject by subject.
pub fn cases() -> impl Iterator<Item = Case> {
    crate::__conformance_cases!(__conformance_array()).into_iter()
}

/// Runs the case with this name: what the tests of [`conformance!`](crate::conformance!) do.
///
/// # Panics
/// When there is no such case, or the store does not keep the contract.
pub fn run(harness: &dyn Harness, name: &str) {
    let case = cases().find(|case| case.name == name);
    case.unwrap_or_else(|| panic!("there is no case `{name}`")).run(harness);
}
