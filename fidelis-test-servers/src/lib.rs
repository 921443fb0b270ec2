//! Database servers that live as long as a test needs them: started on a free port of the loopback, in a folder of their own,
//! and gone when the value that stands for one is dropped, or when the process that started it ends in any other way.
//!
//! ```no_run
//! use fidelis_test_servers::Postgres;
//! let server = Postgres::start(&[])?;
//! println!("a database is at {}", server.url());
//! # Ok::<(), fidelis_test_servers::ServerError>(())
//! ```

mod account;
mod guard;
mod postgres;
mod server_error;

pub use postgres::Postgres;
pub use server_error::ServerError;
