//! Connections to the file, each with the settings that keep it correct.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    options::{Durability, SqliteOptions},
    value,
};

/// How many pages the write-ahead log takes before they are carried over into the file: 16 MiB. Pages that many commits write are
/// carried over once.
pub(crate) const WAL_PAGES: u32 = 4096;

/// How much of the file the writing connection keeps in memory, in the way `PRAGMA cache_size` counts: 32 MB.
pub(crate) const CACHE: i64 = -32_000;

const PAGE_BYTES: u64 = 4096;

/// The connection that writes.
pub(crate) fn writing(options: &SqliteOptions) -> Result<Connection, rusqlite::Error> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, !options.must_exist);
    let mut connection = Connection::open_with_flags(&options.path, flags)?;
    settle(&mut connection, options.busy_timeout)?;
    Ok(connection)
}

/// What the writing connection is set to once the file is known to be ours.
pub(crate) fn set_up_writing(connection: &Connection, options: &SqliteOptions) -> Result<(), rusqlite::Error> {
    let synchronous = match options.durability {
        Durability::SurvivesPowerLoss => "FULL",
        Durability::SurvivesCrashOfTheProcess => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Reused from the beginning, never shortened: a file that grows makes each flush several times dearer.
    connection.pragma_update(None, "journal_size_limit", -1)?;
    connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    // A staged table is renamed into the place of the live one, whatever views people have made over them.
    connection.pragma_update(None, "legacy_alter_table", true)?;
    if let Some(bytes) = options.most_bytes {
        connection.pragma_update(None, "max_page_count", i64::try_from(bytes / PAGE_BYTES).unwrap_or(i64::MAX).max(1))?;
    }
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// A connection that only reads.
pub(crate) fn reading(path: &Path) -> Result<Connection, rusqlite::Error> {
    let mut connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settle(&mut connection, Duration::from_secs(10))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -8_000)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn settle(connection: &mut Connection, busy_timeout: Duration) -> Result<(), rusqlite::Error> {
    // SQLite's own waiting grows to a tenth of a second; a batch of another process takes a few milliseconds.
    let mut since = Instant::now();
    connection.busy_handler(Some(move |count: i32| {
        if count == 0 {
            since = Instant::now();
        }
        thread::sleep(Duration::from_micros(100 << count.clamp(0, 6)));
        since.elapsed() < busy_timeout
    }))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    value::teach(connection)
}
