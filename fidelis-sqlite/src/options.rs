//! How a file is opened.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use fidelis_core::Error;

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The loss of power, and so everything less: each batch is flushed to the disk before it is acknowledged.
    #[default]
    SurvivesPowerLoss,
    /// The death of the process, not that of the machine: a loss of power may take back the last commits, whole and from the end of
    /// the log. Several times faster for a single caller.
    SurvivesCrashOfTheProcess,
}

/// How a file is opened, and how much the store may use.
///
/// ```
/// use std::time::Duration;
/// use fidelis_sqlite::SqliteOptions;
/// let options = SqliteOptions::new("bank.db").busy_timeout(Duration::from_secs(30));
/// assert_eq!(options.path(), SqliteOptions::from_url("sqlite:bank.db")?.path());
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(crate) path: PathBuf,
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) queue_bytes: usize,
    pub(crate) most_bytes: Option<u64>,
    pub(crate) must_exist: bool,
}

impl SqliteOptions {
    /// The file at `path`, which is made if it does not exist, with full durability.
    pub fn new(path: impl AsRef<Path>) -> Self {
        SqliteOptions {
            path: path.as_ref().to_owned(),
            durability: Durability::default(),
            busy_timeout: Duration::from_secs(10),
            queue_bytes: 64 << 20,
            most_bytes: None,
            must_exist: false,
        }
    }

    /// The file that a URL names: `sqlite:bank.db`, `sqlite:/var/lib/bank.db`. `?durability=process` behind it asks for
    /// [`SurvivesCrashOfTheProcess`](Durability::SurvivesCrashOfTheProcess).
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) when it is no URL of this form.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        let expected = "expected `sqlite:` and the path of a file, such as `sqlite:bank.db` or `sqlite:/var/lib/bank.db`";
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return Err(Error::invalid(format!("`{url}` does not name a database of SQLite: {expected}")));
        };
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(Error::invalid(format!("`{url}` names no file: {expected}")));
        }
        if path.starts_with(':') {
            return Err(Error::invalid(format!(
                "`{url}` would keep nothing: {expected}; for a store in memory there is `fidelis_core::MemoryStore`"
            )));
        }
        let Some((path, parameters)) = path.split_once('?') else { return Ok(SqliteOptions::new(path)) };
        let durability = match parameters {
            "durability=full" => Durability::SurvivesPowerLoss,
            "durability=process" => Durability::SurvivesCrashOfTheProcess,
            _ => {
                return Err(Error::invalid(format!(
                    "`{url}` ends in `{parameters}`, which is no parameter: there is `durability=full` and `durability=process`"
                )));
            }
        };
        Ok(SqliteOptions::new(path).durability(durability))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What an acknowledged commit survives.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long to wait while another process writes; 10 seconds unless told.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How many bytes of commits may wait for the writer; who comes then waits for room. 64 MiB unless told.
    #[must_use]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How large the file may become; a commit that would make it larger is refused as
    /// [`Unavailable`](fidelis_core::ErrorKind::Unavailable). No bound unless told.
    #[must_use]
    pub fn most_bytes(mut self, bytes: u64) -> Self {
        self.most_bytes = Some(bytes);
        self
    }

    /// Refuses to open a file that does not exist, instead of making it: against typing errors.
    #[must_use]
    pub fn must_exist(mut self) -> Self {
        self.must_exist = true;
        self
    }
}
