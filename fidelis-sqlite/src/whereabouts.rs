//! Whether the file that is open is still the one its path leads to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fidelis_core::Error;

/// An open file and its path. Somebody may move the file away or put another in its place, a backup for example: SQLite does not
/// notice and goes on writing to what nobody will find again.
pub(crate) struct Whereabouts {
    path: PathBuf,
    opened: Option<(u64, u64)>,
}

impl Whereabouts {
    /// Of the file that has just been opened.
    pub(crate) fn new(path: &Path) -> Self {
        // The program may go to another folder.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Whereabouts { opened: identity(&path), path }
    }

    /// Whether the path still leads to it. Costs a microsecond.
    pub(crate) fn is_unchanged(&self) -> bool {
        identity(&self.path) == self.opened
    }

    /// What to tell when it does not.
    pub(crate) fn changed(&self) -> Error {
        let remedy = "put it back, or open the store again for what is there now";
        let reason = "nothing was written";
        Error::unavailable(format!("`{}` is not the file that was opened: {remedy}", self.path.display()), reason)
    }
}

/// What a file system knows a file by; `None` where it does not say.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// That it is there is all that can be asked everywhere.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|_| (0, 0))
}
