//! Servers that a step needs: throw-away ones of its own, started before it and gone after it.

#[cfg(test)]
mod tests;

use std::env;

use fidelis_test_servers::{Postgres, ServerError};

use crate::failure::Failure;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// PostgreSQL.
    Postgres,
}

/// Servers that run. They stop when this is dropped, and also when this process is ended by Ctrl-C or killed.
pub(crate) struct Running {
    variables: Vec<(&'static str, String)>,
    postgres: Vec<Postgres>,
}

impl Server {
    /// The variable by which tests find it.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Server::Postgres => "FIDELIS_TEST_POSTGRES_URL",
        }
    }
}

impl Running {
    /// Starts the servers, but for those whose variable is in the environment already: then there is one that a person chose.
    ///
    /// # Errors
    /// When one does not start. Those that did are stopped.
    pub(crate) fn start(servers: &[Server]) -> Result<Self, Failure> {
        Running::start_but(servers, |variable| env::var_os(variable).is_some_and(|url| !url.is_empty()))
    }

    fn start_but(servers: &[Server], is_given: impl Fn(&str) -> bool) -> Result<Self, Failure> {
        let mut running = Running { variables: Vec::new(), postgres: Vec::new() };
        for server in servers {
            let variable = server.variable();
            if is_given(variable) {
                println!("{variable} is set: that server is used, and none is started");
                continue;
            }
            match server {
                Server::Postgres => {
                    let postgres = Postgres::start(POSTGRES).map_err(not_started)?;
                    running.variables.push((variable, postgres.url()));
                    running.postgres.push(postgres);
                }
            }
            let url = &running.variables.last().expect("it was pushed above").1;
            println!("a server of our own is at {url} ({variable}); it goes away with this step");
        }
        Ok(running)
    }

    /// What the tests' environment must say.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(variable, url)| (*variable, url.as_str()))
    }
}

/// Settings for many tests at once. Nothing is kept on it, so nothing need reach the disk: tests about what does reach it start
/// servers of their own.
const POSTGRES: &[(&str, &str)] = &[("max_connections", "400"), ("fsync", "off")];

fn not_started(error: ServerError) -> Failure {
    let remedy = match error {
        ServerError::NotInstalled { .. } => {
            "\n`cargo xtask install` says what is missing; plain `cargo test` does without servers"
        }
        _ => "",
    };
    let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    Failure::new(format!("a server for the tests does not start: {error}{source}{remedy}"))
}
