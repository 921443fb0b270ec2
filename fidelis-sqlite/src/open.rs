//! Opening a file: what can be known to be wrong at the start is refused at the start.

use std::path::Path;

use fidelis_core::Error;
use rusqlite::Connection;

use crate::{connection, error::of_file, migrate, options::SqliteOptions, readers::Reader, turn::Gate};

/// The oldest SQLite that is good enough: those before can damage the file when several connections write ahead.
const OLDEST: (i32, &str) = (3_051_003, "3.51.3");

/// Up to here the whole log is counted when a file is opened; it takes some tens of milliseconds.
const COUNTED: u64 = 5_000_000;

/// Opens the file for writing, with the gate that whoever writes goes through, and looks whether it can be worked with.
///
/// # Errors
/// All of them name the file and what to do.
pub(crate) fn open(options: &SqliteOptions) -> Result<(Connection, Gate), Error> {
    let path = &options.path;
    check_library()?;
    check_path(options)?;
    let mut connection = connection::writing(options).map_err(|error| of_file(path, error))?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(|error| of_file(path, error))? {
        let reason = "permission denied";
        return Err(Error::unavailable(
            format!("`{}` is read-only: let this user write the file and its folder", path.display()),
            reason,
        ));
    }
    let found = migrate::version(&mut connection, path)?;
    let gate = Gate::to(path, options.busy_timeout);
    {
        // One at a time: SQLite lets nobody wait who turns a new file into one that is written ahead while another opens it.
        let _turn = gate.enter();
        migrate::run(&mut connection, path, found)?;
    }
    connection::set_up_writing(&connection, options).map_err(|error| of_file(path, error))?;
    check_log(&connection, path)?;
    Ok((connection, gate))
}

fn check_library() -> Result<(), Error> {
    let (oldest, name) = OLDEST;
    if rusqlite::version_number() >= oldest {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "this program is linked with SQLite {}: at least {name} is needed, for older ones can damage a file that several connections \
         use; build it with the SQLite that comes with `rusqlite` (feature `bundled`)",
        rusqlite::version()
    )))
}

fn check_path(options: &SqliteOptions) -> Result<(), Error> {
    let path = &options.path;
    let file = path.display();
    if path.is_dir() {
        return Err(Error::invalid(format!("`{file}` is a folder: give the path of a file")));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Error::not_found(format!("there is no folder `{}` for `{file}`: make it first", folder.display())));
    }
    if options.must_exist && !path.exists() {
        return Err(Error::not_found(format!("there is no file `{file}`: look for a typing error in its path")));
    }
    Ok(())
}

/// Looks for what somebody took out of the log by hand.
fn check_log(connection: &Connection, path: &Path) -> Result<(), Error> {
    let mapped = |error| of_file(path, error);
    // All of it as of one moment: others may be writing.
    let transaction = connection.unchecked_transaction().map_err(mapped)?;
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned).map_err(mapped);
    let head = number("SELECT coalesce(max(position), 0) FROM fidelis_records")?;
    if head > COUNTED || number("SELECT count(*) FROM fidelis_records")? == head {
        return Ok(());
    }
    let first = "SELECT min(position) FROM (SELECT 1 AS position UNION ALL SELECT position + 1 FROM fidelis_records) AS next
        WHERE NOT EXISTS (SELECT 1 FROM fidelis_records WHERE position = next.position)";
    Err(missing(path, number(first)?))
}

/// A record that should be there is not.
pub(crate) fn missing(path: &Path, position: u64) -> Error {
    Error::corrupt_store(
        format!("there is no record at position {position} of the log in `{}`; restore a backup", path.display()),
        "somebody took it out: positions have no gaps",
    )
}

/// Reads every page, and looks whether indexes and tables agree.
pub(crate) fn verify(reader: &mut Reader) -> Result<(), Error> {
    let mapped = |error| of_file(&reader.path, error);
    let mut statement = reader.connection.prepare("PRAGMA integrity_check(10)").map_err(mapped)?;
    let found = statement.query_map([], |row| row.get::<_, String>(0)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(mapped)?;
    if found == ["ok"] {
        return check_log(&reader.connection, &reader.path);
    }
    Err(Error::corrupt_store(
        format!(
            "`{}` is damaged; restore a backup, or save what can be read with `.recover` of `sqlite3`",
            reader.path.display()
        ),
        found.join("; "),
    ))
}
