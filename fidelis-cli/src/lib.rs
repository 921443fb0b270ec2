//! The command line a domain mounts: where its store is, and the chores around that store.
//!
//! A program names its domain and what it does besides; where the log lies comes from the command line, the environment, a
//! file, or the program's default, in this order:
//!
//! | where | how |
//! |---|---|
//! | command line | `--database sqlite:bank.db` |
//! | environment | `FIDELIS_DATABASE=postgres://bank@db.example/bank` |
//! | file | `fidelis.toml` in the current folder, or the one of `--config`: `database = "sqlite:bank.db"` |
//! | default | what [`Program::new`] was told |
//!
//! ```no_run
//! # mod shop { fidelis::domain!("shop"); }
//! use fidelis_cli::Program;
//! fn main() -> std::process::ExitCode {
//!     Program::new("shop", "1.0.0", shop::domain, "sqlite:shop.db").about("A shop").main()
//! }
//! ```

mod commands;
mod exit;
mod failure;
mod program;
mod session;
mod settings;

pub use clap;
pub use exit::Exit;
pub use failure::Failure;
pub use program::{Program, Run};
pub use session::Session;
pub use settings::{Setting, Source};
