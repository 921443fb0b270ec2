//! Why there is no server.

use std::{io, path::PathBuf};

/// Why a server could not be started, or not be told something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The programs of the server are not on this machine.
    #[error("`{program}` is neither on the PATH nor where Debian keeps it; install the package `{package}`")]
    NotInstalled {
        /// The program that was looked for.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A server does not run as root, and there is no account to run it under.
    #[error("a database server does not run as root, and there is neither an account `postgres` nor `nobody`")]
    NoAccount,
    /// A program of the server ended with an error.
    #[error("`{program}` failed:\n{output}")]
    Program {
        /// What was called.
        program: String,
        /// What it printed, and what stands in the log of the server.
        output: String,
    },
    /// A program could not be called, or a file not be made.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl ServerError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> ServerError {
        let path = path.into();
        |source| ServerError::Io { path, source }
    }
}
