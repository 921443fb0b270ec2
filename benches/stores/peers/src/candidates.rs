//! The peers, each as its documentation has it.

pub(crate) mod cqrs;
pub(crate) mod cqrs_postgres;
pub(crate) mod cqrs_sqlite;
pub(crate) mod esrs_postgres;
