//! Deciding a batch of commits: what a store with group commit does between reading and writing.
//!
//! A flush costs the same for one commit and for a hundred, so a store takes all that wait and writes them in one transaction.
//! Each still has an answer of its own: the commits are decided one after the other, each on what those before it left, and one
//! that is refused leaves nothing. No I/O happens here:
//!
//! 1. a [`Prepared`] commit has its records made, by the caller who commits, off the writer's path;
//! 2. [`View::needs`] says what is to be read before the batch can be decided, and the store lets the view learn it;
//! 3. [`View::decide`] gives each commit its answer, and adds to [`Changes`] what the store has to write;
//! 4. the store writes the changes and ends its transaction; only then are the answers true. When that fails, the view is thrown away:
//!    it is ahead of what is stored.
//!
//! A view stays good for the next batch as long as nobody else writes to the store, and how a store knows that is its own affair.

mod changes;
mod decide;
mod prepared;
#[cfg(test)]
mod tests;
mod view;

pub use changes::{Changes, TableRows};
pub use decide::RowCheck;
pub use prepared::Prepared;
pub use view::{Care, Needs, View};
