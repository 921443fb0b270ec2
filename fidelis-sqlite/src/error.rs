//! What goes wrong in SQLite, by what a caller can do about it.

use std::path::Path;

use fidelis_core::Error;
use rusqlite::ErrorCode;

/// An error of SQLite while a file was read or written; nothing of the operation happened.
pub(crate) fn of_file(path: &Path, error: rusqlite::Error) -> Error {
    let file = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::unavailable(
            format!("`{file}` is locked: another process has been writing to it for too long; try later"),
            error,
        ),
        Some(ErrorCode::DiskFull) => Error::unavailable(
            format!("cannot write to `{file}`: the disk is full; nothing was written, make room and try again"),
            error,
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            let remedy = "let this user write the file and its folder";
            Error::unavailable(format!("cannot write to `{file}`: it is read-only; {remedy}"), error)
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            let remedy = "restore a backup, or save what can be read with `.recover` of `sqlite3`; nothing was repaired";
            Error::corrupt_store(format!("`{file}` is damaged; {remedy}"), error)
        }
        Some(ErrorCode::NotADatabase) => Error::invalid(format!(
            "`{file}` is not a database of SQLite: give the path of one, or of a file that does not exist yet"
        )),
        Some(ErrorCode::CannotOpen) => {
            Error::unavailable(format!("cannot open `{file}`: look whether its folder is there and can be written"), error)
        }
        Some(ErrorCode::TooBig) => Error::invalid(format!("cannot write to `{file}`: a value is too large: {error}")),
        Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory | ErrorCode::NoLargeFileSupport) => {
            Error::unavailable(format!("cannot read or write `{file}`"), error)
        }
        // What is left are statements that do not fit what is there, and values that are not what their column says: somebody
        // changed the file by hand.
        _ => Error::corrupt_store(format!("what is in `{file}` is not what Fidelis wrote there"), error),
    }
}

/// An error of SQLite while a transaction was being committed: after a failed flush nobody can tell what is on the disk.
pub(crate) fn of_commit(path: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => {
            let remedy = "look at the disk, and open the store again: what it holds then is what happened";
            Error::unknown(format!("cannot tell whether `{}` was written; {remedy}", path.display()), error)
        }
        _ => of_file(path, error),
    }
}
