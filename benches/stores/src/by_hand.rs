//! The same deposit by hand: what the databases can do when nothing is general.

pub(crate) mod accounts;
pub(crate) mod postgres;
pub(crate) mod sqlite;
