//! The store's own tables: made and brought up to date once, whoever starts first, and looked at by everybody.

use std::path::Path;

use fidelis_core::Error;
use rusqlite::{Connection, TransactionBehavior};

use crate::{dialect::RESERVED, error::of_file};

/// What leads from each version to the next; the first makes version 1 from nothing. Published ones are never changed.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/1.sql")];

/// Says in the file's header that it is ours: "Fdls".
const APPLICATION: i32 = 0x4664_6c73;

/// The version of our tables in the file; 0 for one that is new.
///
/// # Errors
/// [`Invalid`](fidelis_core::ErrorKind::Invalid) when it belongs to another program or to a newer version of this one.
pub(crate) fn version(connection: &mut Connection, path: &Path) -> Result<usize, Error> {
    // In one transaction: somebody else may be making the tables just now.
    let transaction = connection.transaction().map_err(|error| of_file(path, error))?;
    version_within(&transaction, path)
}

/// Brings a file in which this version was found up to date, under the lock that lets one process write at a time.
///
/// # Errors
/// [`Corrupt`](fidelis_core::ErrorKind::Corrupt) when somebody changed its tables.
pub(crate) fn run(connection: &mut Connection, path: &Path, before: usize) -> Result<(), Error> {
    // Once for the file, which stays that way; a file that was copied without care may have lost it.
    write_ahead(connection, path)?;
    if before < MIGRATIONS.len() {
        migrate(connection, path)?;
    }
    check(connection, path)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    let mapped = |error| of_file(path, error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(mapped)?;
    // Whoever was faster has done it.
    let found = version_within(&transaction, path)?;
    for (migration, version) in MIGRATIONS.iter().zip(1..).skip(found) {
        transaction.execute_batch(migration).map_err(mapped)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(mapped)?;
        transaction.pragma_update(None, "user_version", version).map_err(mapped)?;
    }
    transaction.commit().map_err(mapped)
}

fn version_within(connection: &Connection, path: &Path) -> Result<usize, Error> {
    let mapped = |error| of_file(path, error);
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(mapped);
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(mapped)?;
    let file = path.display();
    if application == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    if application != i64::from(APPLICATION) {
        return Err(Error::invalid(format!(
            "`{file}` is the database of another program: give the path of a database of Fidelis, or of a file that does not exist yet"
        )));
    }
    let known = MIGRATIONS.len();
    match usize::try_from(version) {
        Ok(version) if (1..=known).contains(&version) => Ok(version),
        _ => Err(Error::invalid(format!(
            "`{file}` was written by a newer version of Fidelis: its tables have version {version}, this program knows {known}; \
             use that version, or newer"
        ))),
    }
}

fn write_ahead(connection: &Connection, path: &Path) -> Result<(), Error> {
    let mode = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))
        .map_err(|error| of_file(path, error))?;
    if mode == "wal" {
        return Ok(());
    }
    let reason = "the file system it is on has no shared memory: put it on a local disk";
    Err(Error::unavailable(format!("`{}` cannot be written ahead", path.display()), reason))
}

/// One of our tables, indexes, triggers and views: kind, name, definition.
type Object = (String, String, String);

/// Compares what is there with what the migrations make.
fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    let made = Connection::open_in_memory().and_then(|made| {
        MIGRATIONS.iter().try_for_each(|migration| made.execute_batch(migration))?;
        objects(&made)
    });
    let expected = made.map_err(|error| of_file(path, error))?;
    let found = objects(connection).map_err(|error| of_file(path, error))?;
    let mut differences: Vec<String> = Vec::new();
    for (kind, name, definition) in &expected {
        match found.iter().find(|(_, found, _)| found == name) {
            None => differences.push(format!("{kind} `{name}` is missing")),
            Some((_, _, found)) if found != definition => differences.push(format!("{kind} `{name}` was altered")),
            Some(_) => {}
        }
    }
    let is_ours = |name: &str| expected.iter().any(|(_, expected, _)| expected == name);
    let foreign = found.iter().filter(|(kind, name, _)| kind == "trigger" && !is_ours(name));
    differences.extend(foreign.map(|(_, name, _)| format!("trigger `{name}` was added")));
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::corrupt_store(
        format!("somebody changed the tables of Fidelis in `{}`; undo it, or restore a backup", path.display()),
        differences.join(", "),
    ))
}

fn objects(connection: &Connection) -> Result<Vec<Object>, rusqlite::Error> {
    let ours = format!("{RESERVED}%");
    let staged = format!("{RESERVED}staged_%");
    let sql = "SELECT type, name, sql FROM sqlite_schema
        WHERE sql IS NOT NULL AND ((tbl_name LIKE ?1 AND tbl_name NOT LIKE ?2) OR (type = 'view' AND name = 'events'))
        ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([ours, staged], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
