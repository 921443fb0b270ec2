//! One batch: read, decide, write, flush, answer.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use fidelis_core::{Error, Timestamp, store::CommitResult};
use fidelis_sql::batch::{Care, Changes, Prepared, View};
use rusqlite::{Connection, ErrorCode, ffi};

use super::{learn, numbers::Numbers, write};
use crate::{
    connection::{CACHE, WAL_PAGES},
    error::{of_commit, of_file},
    failpoint,
    models::Models,
    turn::Gate,
    value,
    watch::Watch,
    whereabouts::Whereabouts,
};

/// A commit, and where its answer goes.
pub(super) type Waiting = (Prepared, oneshot::Sender<Result<CommitResult, Error>>);

type Answers = Vec<Result<CommitResult, Error>>;

/// After so many flushes the file of the write-ahead log is made as large as it is going to be: a file that grows makes each flush
/// several times dearer, and who writes little need not wait for that.
const FLUSHES_BEFORE_EXTENSION: u32 = 64;

/// A flush that takes no longer than this may hold up the thread of a caller.
const QUICK: Duration = Duration::from_millis(1);

/// What whoever writes works with.
pub(crate) struct Writer {
    connection: Connection,
    path: PathBuf,
    gate: Gate,
    whereabouts: Whereabouts,
    models: Arc<Models>,
    watch: Arc<Watch>,
    numbers: Numbers,
    /// What is known; `None` when nothing is, or what was may have changed.
    view: Option<View>,
    /// Changes when another connection has written.
    data_version: i64,
    flushes: u32,
    /// How long flushes take, about.
    flush: Duration,
    /// A flush has failed: what is on the disk is not known, and flushing again would not tell.
    is_broken: bool,
}

/// Why a batch was not written. Everything is as before, unless it is `Commit`.
enum Failed {
    /// Before the commit.
    Before(rusqlite::Error),
    /// At the commit.
    Commit(rusqlite::Error),
}

impl Writer {
    pub(crate) fn new(connection: Connection, path: PathBuf, gate: Gate, models: Arc<Models>, watch: Arc<Watch>) -> Self {
        Writer {
            connection,
            whereabouts: Whereabouts::new(&path),
            path,
            gate,
            models,
            watch,
            numbers: Numbers::default(),
            view: None,
            data_version: 0,
            flushes: 0,
            flush: QUICK * 2,
            is_broken: false,
        }
    }

    /// Decides and writes commits in one transaction, and answers each.
    pub(super) fn commit(&mut self, mut batch: Vec<Waiting>) {
        if self.is_broken {
            for (_, answer) in batch {
                drop(answer.send(Err(self.broken())));
            }
            return;
        }
        if !self.whereabouts.is_unchanged() {
            for (_, answer) in batch {
                drop(answer.send(Err(self.whereabouts.changed())));
            }
            return;
        }
        let mut answers = self.attempt(&mut batch, Care::Trusting);
        if let Err(Failed::Before(error)) = &answers
            && error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
        {
            // Something that nearly never is was taken not to be.
            answers = self.attempt(&mut batch, Care::Everything);
        }
        match answers {
            Ok(answers) => self.answer(batch, answers),
            // One of them, or their number, is too much for the database: each for itself.
            Err(Failed::Before(error)) if batch.len() > 1 && !is_busy(&error) => {
                for waiting in batch {
                    let mut alone = vec![waiting];
                    match self.attempt(&mut alone, Care::Everything) {
                        Ok(answers) => self.answer(alone, answers),
                        Err(failed) => self.fail(alone, &failed),
                    }
                }
            }
            Err(failed) => self.fail(batch, &failed),
        }
        self.flushes += 1;
        if self.flushes.is_multiple_of(FLUSHES_BEFORE_EXTENSION) {
            self.extend_write_ahead_log();
        }
    }

    /// Whether flushes are so quick that a caller's thread may wait for one.
    pub(super) fn is_quick(&self) -> bool {
        self.flush < QUICK
    }

    fn answer(&mut self, batch: Vec<Waiting>, answers: Answers) {
        if let Some(view) = &mut self.view {
            self.watch.advance(view.head());
            view.trim();
            self.numbers.trim();
        }
        for ((_, answer), result) in batch.into_iter().zip(answers) {
            // Who asked may be gone: it has happened all the same.
            drop(answer.send(result));
        }
    }

    fn fail(&mut self, batch: Vec<Waiting>, failed: &Failed) {
        for (_, answer) in batch {
            let error = match failed {
                _ if self.is_broken && !matches!(failed, Failed::Commit(_)) => self.broken(),
                Failed::Before(error) => of_file(&self.path, again(error)),
                Failed::Commit(error) => of_commit(&self.path, again(error)),
            };
            drop(answer.send(Err(error)));
        }
    }

    fn broken(&self) -> Error {
        let reason = "what is on the disk is not known; look at the disk, and open the store again";
        Error::unavailable(format!("a flush of `{}` has failed before", self.path.display()), reason)
    }

    /// One transaction. When it fails, all that was known is forgotten.
    fn attempt(&mut self, batch: &mut [Waiting], care: Care) -> Result<Answers, Failed> {
        if !self.connection.is_autocommit() {
            // Somebody panicked within a transaction: nothing of it may go with this one.
            self.forget();
            self.execute("ROLLBACK").map_err(Failed::Before)?;
        }
        let result = self.transaction(batch, care);
        if let Err(failed) = &result {
            self.forget();
            if !self.connection.is_autocommit() {
                // It fails only when SQLite has rolled back already.
                drop(self.connection.execute_batch("ROLLBACK"));
            }
            if let Failed::Commit(error) = failed {
                self.is_broken = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
                tracing::error!(%error, path = %self.path.display(), "a commit to SQLite failed");
            }
        }
        result
    }

    fn transaction(&mut self, batch: &mut [Waiting], care: Care) -> Result<Answers, Failed> {
        failpoint::pass("before begin");
        {
            let _turn = self.gate.enter();
            self.execute("BEGIN IMMEDIATE").map_err(Failed::Before)?;
        }
        let (answers, changes) = self.decide(batch, care).map_err(Failed::Before)?;
        failpoint::pass("after decide");
        write::write(&self.connection, &self.models, &mut self.numbers, &changes).map_err(Failed::Before)?;
        failpoint::pass("before commit");
        let begun = Instant::now();
        self.execute("COMMIT").map_err(Failed::Commit)?;
        if !changes.is_empty() {
            self.flush = (self.flush * 7 + begun.elapsed()) / 8;
            failpoint::pass("after commit");
        }
        Ok(answers)
    }

    fn execute(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn decide(&mut self, batch: &mut [Waiting], care: Care) -> Result<(Answers, Changes), rusqlite::Error> {
        let version: i64 = self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.data_version != version {
            // Another process has written: what was known may not be so any more.
            self.data_version = version;
            self.view = None;
        }
        let mut view = match self.view.take() {
            Some(view) => view,
            None => learn::view(&self.connection)?,
        };
        let needs = view.needs(batch.iter().map(|(prepared, _)| prepared), care);
        if !needs.is_empty() {
            learn::learn(&self.connection, &self.models, &mut self.numbers, needs, &mut view)?;
        }
        let models = &self.models;
        let check = |change: &_| {
            models.get(value::table_of(change))?;
            value::check(change)
        };
        let mut changes = Changes::default();
        let mut answers = Answers::with_capacity(batch.len());
        for (prepared, _) in batch {
            let exchanged = |change: &_| models.get(value::exchanged(change)).map(drop);
            let known = prepared.commit().tables.iter().try_for_each(exchanged);
            let mut answer = known.and_then(|()| view.decide(prepared, &mut changes, &check));
            // What was taken to be absent may be there: a command that is settled is answered so, wherever its streams are now.
            if answer.is_err() {
                let needs = view.needs([&*prepared], Care::Everything);
                if !needs.is_empty() {
                    learn::learn(&self.connection, &self.models, &mut self.numbers, needs, &mut view)?;
                    answer = view.decide(prepared, &mut changes, &check);
                }
            }
            answers.push(answer);
        }
        self.view = Some(view);
        Ok((answers, changes))
    }

    /// Runs something else in a transaction of its own.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        if self.is_broken {
            return Err(self.broken());
        }
        self.forget();
        let turn = self.gate.enter();
        let transaction = rusqlite::Transaction::new_unchecked(&self.connection, rusqlite::TransactionBehavior::Immediate)
            .map_err(|error| of_file(&self.path, error))?;
        drop(turn);
        let result = work(&transaction)?;
        transaction.commit().map_err(|error| of_commit(&self.path, error))?;
        Ok(result)
    }

    fn forget(&mut self) {
        self.view = None;
        self.numbers.clear();
    }

    /// Writes the file of the write-ahead log to the size it has between two of its beginnings, with pages of a transaction that
    /// is given up: they are behind what counts, and are written over.
    fn extend_write_ahead_log(&mut self) {
        let wanted = u64::from(WAL_PAGES) * 4096 * 5 / 4;
        let mut name = self.path.clone().into_os_string();
        name.push("-wal");
        let is_there = std::fs::metadata(&name).is_ok_and(|found| found.len() >= wanted);
        if is_there {
            return;
        }
        // A small cache, so that the pages go to the file at once.
        let sql = format!(
            "PRAGMA cache_size = 16; BEGIN IMMEDIATE; CREATE TABLE fidelis_extension (content BLOB);
             INSERT INTO fidelis_extension VALUES (zeroblob({wanted}))"
        );
        let extended = self.connection.execute_batch(&sql);
        if !self.connection.is_autocommit() {
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        drop(self.connection.pragma_update(None, "cache_size", CACHE));
        if let Err(error) = extended {
            // It costs time, nothing else.
            tracing::debug!(%error, "the write-ahead log was not extended");
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// The same error once more: each commit of a batch gets it.
fn again(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => rusqlite::Error::SqliteFailure(*code, message.clone()),
        other => rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(other.to_string())),
    }
}

/// Whether every time of a commit can be stored.
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid), naming the time.
pub(crate) fn check_times(commit: &fidelis_core::store::Commit) -> Result<(), Error> {
    use fidelis_core::store::ParkedChange;
    let check = |time: Timestamp| crate::read::time_to(time).map(drop);
    check(commit.time)?;
    for change in &commit.parked {
        if let ParkedChange::Put(parked) = change
            && let Some(failure) = &parked.failure
        {
            [Some(failure.first), Some(failure.last), failure.next].into_iter().flatten().try_for_each(check)?;
        }
    }
    commit.restored.iter().flat_map(|restored| &restored.records).try_for_each(|record| check(record.metadata.time))
}
