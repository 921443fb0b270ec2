#![doc = include_str!("../README.md")]
//!
//! ---
//!
//! This crate is what applications use: the attributes of `fidelis-macros`, everything of `fidelis-core`, and a [`prelude`] for
//! domain code.

pub use fidelis_core::*;
pub use fidelis_macros::*;

mod database;
pub mod prelude;

pub use database::{DatabaseUrl, open};

/// The store in a file: durable, nothing to install. With the cargo feature `sqlite`, which is on unless turned off.
#[cfg(feature = "sqlite")]
pub use fidelis_sqlite as sqlite;

/// The store on a PostgreSQL server: many processes on many machines over one log. With the cargo feature `postgres`.
#[cfg(feature = "postgres")]
pub use fidelis_postgres as postgres;
