//! PostgreSQL servers.

use std::{
    env,
    ffi::OsStr,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{ServerError, account::Account, guard::Guard};

/// How many ports are tried: one that was found free may be gone when the server asks for it.
const PORTS: usize = 5;

/// A PostgreSQL server of one's own, with a database `postgres` and an account of that name which needs no password.
///
/// Dropping it stops it and removes its files.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    account: Account,
    folder: PathBuf,
    data: PathBuf,
    port: u16,
    // Dropped with the server: it holds what cleans up.
    _guard: Guard,
}

impl Postgres {
    /// Makes a database cluster and starts a server on it. All settings are PostgreSQL's defaults, except for the given ones,
    /// such as `("max_prepared_transactions", "4")`.
    ///
    /// # Errors
    /// [`NotInstalled`](ServerError::NotInstalled) when this machine has no PostgreSQL; else what went wrong.
    pub fn start(settings: &[(&str, &str)]) -> Result<Self, ServerError> {
        Postgres::start_with(None, settings)
    }

    /// As [`start`](Postgres::start), with its data in a new folder within this one, which stays: on a disk of a test's own, say.
    ///
    /// # Errors
    /// Those of [`start`](Postgres::start).
    pub fn start_on(disk: &Path, settings: &[(&str, &str)]) -> Result<Self, ServerError> {
        Postgres::start_with(Some(disk), settings)
    }

    fn start_with(disk: Option<&Path>, settings: &[(&str, &str)]) -> Result<Self, ServerError> {
        let programs = programs()?;
        let account = Account::unprivileged()?;
        let folder = tempfile::Builder::new().prefix("fidelis-postgres-").tempdir().map_err(ServerError::io(env::temp_dir()))?;
        account.give(folder.path())?;
        // The guard removes it from here on.
        let folder = folder.keep();
        let data = disk.unwrap_or(&folder).join("data");
        if let Some(disk) = disk {
            account.give(disk)?;
        }
        let stop = programs.join("pg_ctl");
        let stop =
            [stop.as_os_str(), OsStr::new("stop"), OsStr::new("-m"), OsStr::new("immediate"), OsStr::new("-D"), data.as_os_str()];
        let guard = Guard::new(account, &folder, &stop)?;
        let mut server = Postgres { programs, account, folder, data: data.clone(), port: 0, _guard: guard };
        let mut initdb = server.own("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--pgdata"]);
        server.run(initdb.arg(&data))?;
        let configuration = data.join("postgresql.conf");
        let mut text = fs::read_to_string(&configuration).map_err(ServerError::io(&configuration))?;
        text.push_str("listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n");
        for (name, value) in settings {
            text.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
        }
        fs::write(&configuration, text).map_err(ServerError::io(&configuration))?;
        for _ in 1..PORTS {
            server.port = free_port()?;
            if server.start_again().is_ok() {
                return Ok(server);
            }
        }
        server.port = free_port()?;
        server.start_again()?;
        Ok(server)
    }

    /// Whether this machine has the programs of a server.
    pub fn is_installed() -> bool {
        programs().is_ok()
    }

    /// Where the database `postgres` is.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where a database of this name is.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Creates a database and gives its URL.
    ///
    /// # Errors
    /// What `createdb` says.
    pub fn create_database(&self, name: &str) -> Result<String, ServerError> {
        self.run(self.program("createdb").arg(name))?;
        Ok(self.url_of(name))
    }

    /// A call of one of the programs that came with the server, such as `psql` or `pg_dump`, which finds the server by its
    /// environment.
    pub fn program(&self, name: &str) -> Command {
        let mut command = self.own(name);
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string()).env("PGUSER", "postgres");
        command
    }

    /// Runs a program to its end.
    ///
    /// # Errors
    /// [`Program`](ServerError::Program) with what it printed, when it fails.
    pub fn run(&self, command: &mut Command) -> Result<Vec<u8>, ServerError> {
        let program = Path::new(command.get_program()).to_owned();
        let output = command.output().map_err(ServerError::io(&program))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
        text.push_str(&fs::read_to_string(self.log()).unwrap_or_default());
        Err(ServerError::Program { program: program.display().to_string(), output: text })
    }

    /// Kills the server without letting it write anything: what a crash of its machine would be, but for the file system.
    ///
    /// # Errors
    /// What `pg_ctl` says.
    pub fn stop_immediately(&mut self) -> Result<(), ServerError> {
        self.run(self.own("pg_ctl").args(["stop", "-w", "-m", "immediate", "-D"]).arg(&self.data))?;
        Ok(())
    }

    /// Whether it runs: a server that cannot go on ends by itself.
    pub fn is_running(&self) -> bool {
        self.run(self.own("pg_ctl").args(["status", "-D"]).arg(&self.data)).is_ok()
    }

    /// What it has written to its log so far.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn said(&self) -> Result<String, ServerError> {
        fs::read_to_string(self.log()).map_err(ServerError::io(self.log()))
    }

    /// Starts it again after [`stop_immediately`](Postgres::stop_immediately), on the same port, and waits until it answers.
    ///
    /// # Errors
    /// What `pg_ctl` says, and the log of the server.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        self.start_again_with(&[])
    }

    /// Starts it again with additions to its environment, such as a library to be loaded before all others.
    ///
    /// # Errors
    /// Those of [`start_again`](Postgres::start_again).
    pub fn start_again_with(&mut self, environment: &[(&str, String)]) -> Result<(), ServerError> {
        let mut start = self.own("pg_ctl");
        start.args(["start", "-w", "-t", "120", "-D"]).arg(&self.data).arg("-l").arg(self.log());
        start.envs(environment.iter().map(|(name, value)| (name, value)));
        start.arg("-o").arg(format!("-p {}", self.port));
        self.run(&mut start)?;
        Ok(())
    }

    fn own(&self, name: &str) -> Command {
        self.account.command(&self.programs.join(name))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

/// The folder with the programs of the server: that of the `initdb` on the `PATH`, else the newest one of Debian's, which keeps
/// them off the `PATH`.
fn programs() -> Result<PathBuf, ServerError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut debian: Vec<_> = debian.collect();
    debian.sort_by_key(|folder| std::cmp::Reverse(major_version(folder)));
    let mut folders = env::split_paths(&path).chain(debian);
    let found = folders.find_map(|folder| fs::canonicalize(folder.join("initdb")).ok());
    let folder = found.as_deref().and_then(Path::parent).map(Path::to_owned);
    folder.ok_or(ServerError::NotInstalled { program: "initdb", package: "postgresql" })
}

/// 15 of `/usr/lib/postgresql/15/bin`.
fn major_version(folder: &Path) -> u32 {
    let version = folder.parent().and_then(Path::file_name).and_then(OsStr::to_str);
    version.and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn free_port() -> Result<u16, ServerError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(ServerError::io("127.0.0.1"))?;
    Ok(listener.local_addr().map_err(ServerError::io("127.0.0.1"))?.port())
}
