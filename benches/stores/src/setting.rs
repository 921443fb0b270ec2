//! What is measured, where and how long.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use clap::ArgMatches;
use fidelis_test_servers::Postgres;
use load::Fault;
use tempfile::TempDir;

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// One run.
pub(crate) struct Setting {
    pub(crate) database: Database,
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
    pub(crate) events: usize,
    pub(crate) callers: Vec<usize>,
    /// Whose commands are measured: those with a name that begins so.
    pub(crate) only: Option<String>,
    /// Whether tables are printed as they are there; with JSON, they are not.
    pub(crate) tables: bool,
    folder: TempDir,
    server: Option<Postgres>,
    url: Option<String>,
    count: AtomicU32,
}

impl Setting {
    /// What the command line asks for. A server is started if one is needed.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self, Fault> {
        let number = |name: &str| matches.get_one::<u64>(name).copied().unwrap_or_default();
        let postgres = matches.get_one::<String>("database").is_some_and(|database| database == "postgres");
        let target = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target"));
        let folder = matches.get_one::<String>("folder").map_or(target, PathBuf::from);
        let url = matches.get_one::<String>("url").cloned();
        let server = match (postgres, &url) {
            // All settings are its own defaults, but for the number of callers.
            (true, None) => Some(Postgres::start(&[("max_connections", "400")])?),
            _ => None,
        };
        Ok(Setting {
            database: if postgres { Database::Postgres } else { Database::Sqlite },
            rounds: usize::try_from(number("rounds"))?,
            time: Duration::from_millis(number("milliseconds")),
            events: usize::try_from(number("events"))?,
            callers: matches.get_many::<u64>("callers").into_iter().flatten().map(|callers| *callers as usize).collect(),
            only: matches.get_one::<String>("only").cloned(),
            tables: !matches.get_flag("json"),
            folder: tempfile::Builder::new().prefix("stores-").tempdir_in(folder)?,
            server,
            url,
            count: AtomicU32::new(0),
        })
    }

    /// The folder of this run, on the disk that is measured.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path that nothing is at.
    pub(crate) fn new_file(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.count.fetch_add(1, Ordering::Relaxed)))
    }

    /// The URL of a new and empty database on the server.
    pub(crate) async fn new_database(&self) -> Result<String, Fault> {
        let name = format!("stores_{}_{}", std::process::id(), self.count.fetch_add(1, Ordering::Relaxed));
        if let Some(server) = &self.server {
            return Ok(server.create_database(&name)?);
        }
        let url = self.url.as_deref().ok_or_else(|| Fault("there is no PostgreSQL server".to_owned()))?;
        crate::by_hand::postgres::connect(url).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let (before, after) = url.split_once("//").ok_or_else(|| Fault(format!("`{url}` is no URL")))?;
        let host = after.split(['/', '?']).next().unwrap_or(after);
        Ok(format!("{before}//{host}/{name}"))
    }

    /// A new store of the kind that is measured, as Fidelis is told of it.
    pub(crate) async fn new_store(&self) -> Result<String, Fault> {
        match self.database {
            Database::Sqlite => Ok(format!("sqlite:{}", self.new_file().display())),
            Database::Postgres => self.new_database().await,
        }
    }

    /// A call of `pgbench`.
    pub(crate) fn pgbench(&self) -> Command {
        self.server.as_ref().map_or_else(|| Command::new("pgbench"), |server| server.program("pgbench"))
    }
}
