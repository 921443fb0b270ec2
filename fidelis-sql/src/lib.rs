//! What the SQL stores of Fidelis share, so that both mean the same by it. Applications do not use this crate: they use
//! `fidelis-sqlite` or `fidelis-postgres`.
//!
//! - [`batch`]: deciding the commits of one transaction, one after the other, without I/O.

pub mod batch;
