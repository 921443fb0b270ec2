//! The store.

use std::{
    fmt,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

use fidelis_core::{
    BoxFuture, Error, MessageId, Recorded, Store, StreamName,
    projection::{Key, Row, Selection, Table},
    store::{Commit, CommitResult, PageLimit, Parked, ReadFrom, Selected, Settlement},
};
use fidelis_sql::batch::Prepared;
use parking_lot::Mutex;
use rusqlite::params;

use crate::{
    connection,
    error::of_file,
    models::{self, Models},
    open,
    options::SqliteOptions,
    read::{Page, ReadAhead},
    readers::Readers,
    watch::{self, Watch},
    writer::{self, Desk, Queue, Writer},
};

/// How many records, or rows by key, are read where they are asked for; more are read on a thread of the store.
const AT_ONCE: usize = 64;

/// Keeps a domain's log, read models and checkpoints in one file of SQLite.
///
/// Clones share one store; the file is closed with the last of them. Its futures need no runtime and run on any. Several processes
/// may have the file open at the same time, on one machine: each sees what the others commit, and versions are compared across all of
/// them.
///
/// ```
/// use fidelis_core::{Store, block_on};
/// use fidelis_sqlite::SqliteStore;
/// # let folder = tempfile::tempdir().map_err(|error| fidelis_core::Error::unavailable("no folder", error))?;
/// let path = folder.path().join("bank.db");
/// let store = block_on(SqliteStore::open(&path))?;
/// assert_eq!(block_on(store.head())?, 0);
/// # Ok::<(), fidelis_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore(Arc<Open>);

struct Open {
    options: SqliteOptions,
    desk: Arc<Desk>,
    models: Arc<Models>,
    readers: Arc<Readers>,
    ahead: ReadAhead,
    watch: Arc<Watch>,
    /// The writer and the watch.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Where it is, never what is in it.
impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file at `path`, and makes it if it does not exist.
    ///
    /// # Errors
    /// As [`open_with`](SqliteStore::open_with).
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        SqliteStore::open_with(SqliteOptions::new(path)).await
    }

    /// Opens a file with options.
    ///
    /// # Errors
    /// All name the file and what to do. [`NotFound`](fidelis_core::ErrorKind::NotFound): its folder, or the file where it
    /// [must exist](SqliteOptions::must_exist). [`Invalid`](fidelis_core::ErrorKind::Invalid): it is no database, that of another
    /// program, or one of a newer version. [`Corrupt`](fidelis_core::ErrorKind::Corrupt): it is damaged, or somebody changed it by
    /// hand. [`Unavailable`](fidelis_core::ErrorKind::Unavailable): it is read-only or locked.
    pub async fn open_with(options: SqliteOptions) -> Result<Self, Error> {
        let (answer, opened) = oneshot::async_channel();
        // Bringing a file up to date may take a while.
        let opening = thread::Builder::new().name("fidelis-sqlite-open".to_owned()).spawn(move || {
            drop(answer.send(Open::file(options)));
        });
        opening.map_err(|error| Error::unavailable("no thread can be started to open the file with", error))?;
        match opened.await {
            Ok(opened) => opened.map(|open| SqliteStore(Arc::new(open))),
            Err(error) => Err(Error::unavailable("the file was not opened", error)),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.options.path
    }

    /// Makes the table of a read model anew, without rows, for a definition that the table that is there does not fit. The
    /// projector with this subscription begins at the start of the log again, so that it fills the table; what it had parked is
    /// part of that. To be called before the engine is started.
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) when the definition cannot be a table; those of every write.
    pub async fn recreate(&self, table: &'static Table, subscription: &str) -> Result<(), Error> {
        let subscription = subscription.to_owned();
        self.0
            .write(move |connection, path| {
                models::recreate(connection, path, table)?;
                let staged = format!("{subscription}/staged");
                let again = "UPDATE fidelis_checkpoints SET position = 0 WHERE subscription IN (?1, ?2)";
                let mapped = |error| of_file(path, error);
                connection.execute(again, params![subscription, staged]).map_err(mapped)?;
                let parked = "DELETE FROM fidelis_parked WHERE subscription = ?1";
                connection.execute(parked, [subscription]).map_err(mapped)?;
                Ok(())
            })
            .await?;
        self.0.models.are_ready(&[table]);
        Ok(())
    }

    /// Reads the whole file and looks whether it is sound: every page and every index. Takes about a second for each gigabyte, which is
    /// why opening does not do it.
    ///
    /// # Errors
    /// [`Corrupt`](fidelis_core::ErrorKind::Corrupt) with what is wrong. Nothing is repaired.
    pub async fn verify(&self) -> Result<(), Error> {
        self.0.readers.later(open::verify).await
    }
}

impl Open {
    fn file(options: SqliteOptions) -> Result<Self, Error> {
        let (connection, gate) = open::open(&options)?;
        let path = &options.path;
        let watching = connection::reading(path).map_err(|error| of_file(path, error))?;
        let (models, watch) = (Arc::<Models>::default(), Arc::<Watch>::default());
        let readers = Arc::new(Readers::new(path.clone()));
        watch.advance(readers.now(|reader| reader.head())?);
        let writer = Writer::new(connection, path.clone(), gate, Arc::clone(&models), Arc::clone(&watch));
        let desk = Arc::new(Desk::new(Queue::new(options.queue_bytes), writer));
        let ahead = ReadAhead::default();
        let open = Open { options, desk, models, readers, ahead, watch, threads: Mutex::default() };
        // When one of them cannot be started, dropping what is open ends the other.
        let failed = |error| Error::unavailable("no thread can be started for the store", error);
        let threads = [open.desk.start().map_err(failed)?, watch::start(&open.watch, watching).map_err(failed)?];
        open.threads.lock().extend(threads);
        Ok(open)
    }

    /// Writes something other than a commit, in a transaction of its own.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection, &Path) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let path = self.options.path.clone();
        self.desk.run(move |writer| writer.run(|connection| work(connection, &path))).await
    }

    async fn commit(&self, commit: Commit) -> Result<CommitResult, Error> {
        writer::check_times(&commit)?;
        self.desk.commit(Prepared::new(commit)).await
    }

    async fn read(&self, from: ReadFrom<'_>, limit: PageLimit) -> Result<Vec<Arc<Recorded>>, Error> {
        let page = match self.ahead.page(from, limit).await {
            Some(page) => page,
            None => self.read_now(from, limit).await?,
        };
        self.ahead.begin(&self.readers, from, limit, &page);
        Ok(page)
    }

    async fn read_now(&self, from: ReadFrom<'_>, limit: PageLimit) -> Result<Vec<Arc<Recorded>>, Error> {
        let begun = self.readers.now(|reader| {
            let Some(mut page) = Page::begin(reader, from, limit)? else { return Ok(None) };
            let is_done = page.read(reader, AT_ONCE)?;
            Ok(Some((page, is_done)))
        })?;
        match begun {
            None => Ok(Vec::new()),
            Some((page, true)) => Ok(page.into_records()),
            // Nothing that was read changes, so what is read later goes with it.
            Some((mut page, false)) => {
                let rest = move |reader: &mut _| page.read(reader, usize::MAX).map(|_| page.into_records());
                self.readers.later(rest).await
            }
        }
    }

    async fn rows(&self, table: &'static Table, keys: &[Key], staged: bool) -> Result<Vec<Option<Row>>, Error> {
        let model = self.models.get(table)?;
        if keys.len() <= AT_ONCE {
            return self.readers.now(|reader| reader.rows(&model, keys, staged));
        }
        let keys = keys.to_vec();
        self.readers.later(move |reader| reader.rows(&model, &keys, staged)).await
    }

    async fn select(&self, selection: &Selection) -> Result<Selected, Error> {
        self.models.get(selection.table)?;
        selection.check()?;
        let selection = selection.clone();
        self.readers.later(move |reader| reader.select(&selection)).await
    }

    async fn wait(&self, position: u64) -> Result<u64, Error> {
        let head = self.readers.now(|reader| reader.head())?;
        self.watch.advance(head);
        Ok(self.watch.past(position).await)
    }
}

/// Ends the threads, after what waits for them, and closes the file.
impl Drop for Open {
    fn drop(&mut self) {
        self.desk.queue.close();
        self.watch.end();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            // The last owner may have been let go by one of them.
            if thread.thread().id() != thread::current().id() {
                drop(thread.join());
            }
        }
        self.readers.end();
    }
}

impl Store for SqliteStore {
    fn prepare<'a>(&'a self, tables: &'a [&'static Table]) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let wanted = tables.to_vec();
            self.0.write(move |connection, path| Models::prepare(connection, path, &wanted)).await?;
            self.0.models.are_ready(tables);
            Ok(())
        })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<CommitResult, Error>> {
        Box::pin(self.0.commit(commit))
    }

    fn read<'a>(&'a self, from: ReadFrom<'a>, limit: PageLimit) -> BoxFuture<'a, Result<Vec<Arc<Recorded>>, Error>> {
        Box::pin(self.0.read(from, limit))
    }

    fn head(&self) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(async { self.0.readers.now(|reader| reader.head()) })
    }

    fn wait(&self, position: u64) -> BoxFuture<'_, Result<u64, Error>> {
        Box::pin(self.0.wait(position))
    }

    fn version<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<u64>, Error>> {
        Box::pin(async { self.0.readers.now(|reader| reader.version(stream)) })
    }

    fn checkpoint<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async { self.0.readers.now(|reader| reader.checkpoint(subscription)) })
    }

    fn checkpoints(&self) -> BoxFuture<'_, Result<Vec<(Arc<str>, u64)>, Error>> {
        Box::pin(async { self.0.readers.now(|reader| reader.checkpoints()) })
    }

    fn settlement(&self, command: MessageId) -> BoxFuture<'_, Result<Option<Settlement>, Error>> {
        Box::pin(async move { self.0.readers.now(|reader| reader.settlement(command)) })
    }

    fn settlements(&self, after: Option<MessageId>, limit: usize) -> BoxFuture<'_, Result<Vec<Settlement>, Error>> {
        Box::pin(async move { self.0.readers.later(move |reader| reader.settlements(after, limit)).await })
    }

    fn parked<'a>(&'a self, subscription: &'a str) -> BoxFuture<'a, Result<Vec<Parked>, Error>> {
        Box::pin(async { self.0.readers.now(|reader| reader.parked(subscription)) })
    }

    fn row<'a>(&'a self, table: &'static Table, key: &'a Key, staged: bool) -> BoxFuture<'a, Result<Option<Row>, Error>> {
        Box::pin(async move {
            let rows = self.0.rows(table, std::slice::from_ref(key), staged).await?;
            Ok(rows.into_iter().next().flatten())
        })
    }

    fn rows<'a>(
        &'a self,
        table: &'static Table,
        keys: &'a [Key],
        staged: bool,
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, Error>> {
        Box::pin(self.0.rows(table, keys, staged))
    }

    fn select<'a>(&'a self, selection: &'a Selection) -> BoxFuture<'a, Result<Selected, Error>> {
        Box::pin(self.0.select(selection))
    }
}
