//! How a store finds its database, and what it allows itself there.

mod parse;
#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use fidelis_core::Error;
use tokio_postgres::Config;

/// How a store finds its database, and what it allows itself there: from a URL, then adjusted.
///
/// The URL is PostgreSQL's: `postgres://account:password@host:5432/database?parameter=value&…`. Beside PostgreSQL's own
/// `application_name`, `connect_timeout`, `target_session_attrs`, `keepalives` and `channel_binding` it takes these parameters:
///
/// | parameter | what | default |
/// |---|---|---|
/// | `schema` | the schema in the database that holds everything | `fidelis` |
/// | `sslmode` | `verify-full`: TLS, certificate and host name verified; `disable`: plain text | `disable` to this machine, else `verify-full` |
/// | `sslrootcert` | a PEM file with the certificates to trust, instead of those the system trusts | |
/// | `readers` | most connections for reading, beside one for writing and one for waiting | 8 |
/// | `statement_timeout` | how long the server may take for one statement, such as `30s` | `30s` |
/// | `idle_timeout` | after what time without use a connection for reading is closed | `5m` |
/// | `retry_for` | how long the store itself tries to get through before it says that it cannot | `30s` |
/// | `poll` | how often somebody waiting looks for himself, should a notification be lost | `1s` |
/// | `durability` | `full`, or `survives-crash-of-the-process`: a power cut can cost the last commits | `full` |
///
/// ```
/// use fidelis_postgres::PostgresOptions;
/// let options: PostgresOptions = "postgres://bank@db.example.org/bank?readers=4".parse()?;
/// let options = options.schema("ledger")?.statement_timeout(std::time::Duration::from_secs(5));
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    pub(crate) config: Config,
    pub(crate) schema: String,
    pub(crate) encrypted: bool,
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) readers: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) retry_for: Duration,
    pub(crate) poll: Duration,
    pub(crate) durability: Durability,
}

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: it is on the disk when it is acknowledged (`synchronous_commit` at least `on`).
    #[default]
    Full,
    /// The end of our process, not that of the server: a crash there or a power cut can cost the commits of the last moments
    /// (`synchronous_commit = off`). What is left is still whole and gapless.
    SurvivesCrashOfTheProcess,
}

impl PostgresOptions {
    /// The schema in the database that holds everything.
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) for a name PostgreSQL does not take as it is: empty, longer than 63 bytes, with a NUL, or
    /// beginning with `pg_`.
    pub fn schema(mut self, name: &str) -> Result<Self, Error> {
        parse::check_schema(name)?;
        self.schema = name.to_owned();
        Ok(self)
    }

    /// Trusts the certificates in a PEM file instead of those the system trusts. Connections are encrypted then.
    pub fn root_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(file.into());
        self.encrypted = true;
        self
    }

    /// Most connections for reading, at least 1.
    pub fn readers(mut self, connections: usize) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// How long connecting may take.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long the server may take for one statement.
    pub fn statement_timeout(mut self, time: Duration) -> Self {
        self.statement_timeout = time;
        self
    }

    /// After what time without use a connection for reading is closed.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = time;
        self
    }

    /// How long the store itself tries to get through before it says that it cannot.
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.retry_for = time;
        self
    }

    /// How often somebody waiting for records looks for himself, should a notification be lost.
    pub fn poll(mut self, time: Duration) -> Self {
        self.poll = time.max(Duration::from_millis(1));
        self
    }

    /// What an acknowledged commit survives.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The database, for people: never with the password.
    pub(crate) fn place(&self) -> String {
        parse::place(&self.config)
    }
}

impl FromStr for PostgresOptions {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        parse::url(url)
    }
}

/// Without the password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("database", &self.place())
            .field("schema", &self.schema)
            .field("encrypted", &self.encrypted)
            .finish_non_exhaustive()
    }
}
