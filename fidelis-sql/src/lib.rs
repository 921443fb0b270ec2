//! What the SQL stores of Fidelis share, so that both mean the same by it. Applications do not use this crate: they use
//! `fidelis-sqlite` or `fidelis-postgres`.
//!
//! - [`batch`]: deciding the commits of one transaction, one after the other, without I/O.
//! - [`query`]: typed questions about read models as SQL with bound parameters.
//! - [`schema`]: what the definition of a read model becomes in a database, and what changed against the table that is there.
//!
//! Where databases differ they say so through [`Dialect`].

pub mod batch;
pub mod query;
pub mod schema;

mod dialect;
#[cfg(test)]
mod tests;

pub use dialect::{Dialect, quote};
