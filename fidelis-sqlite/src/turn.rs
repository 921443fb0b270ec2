//! Whose turn it is to begin writing, when several processes write.
//!
//! SQLite lets one write at a time and gives the lock to whoever asks first after it was let go. Who has just written asks again at
//! once, while another process sleeps between two attempts: it may get nowhere for as long as the first has work. So each goes
//! through a gate first. Who is in it waits for SQLite's lock, and leaves the gate when he has it; who has just written finds the
//! gate taken, and comes after. The gate only makes turns fair, and decides nothing: whoever comes without it, `sqlite3` for example,
//! waits for SQLite's lock as ever.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// The longest pause between two attempts: a batch takes a few milliseconds.
const PAUSE: Duration = Duration::from_millis(1);

/// The gate to a file: a lock on an empty file beside it.
pub(crate) struct Gate {
    /// `None` where there can be no such file: turns are left to luck.
    file: Option<File>,
    patience: Duration,
}

impl Gate {
    /// The gate to the database at `path`. Nobody waits in front of it for longer than `patience`: a process that was stopped in it
    /// holds up nobody for ever.
    pub(crate) fn to(path: &Path, patience: Duration) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-turn");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&name);
        if let Err(error) = &file {
            tracing::debug!(%error, path = %path.display(), "processes that write will not take turns");
        }
        Gate { file: file.ok(), patience }
    }

    /// Waits until nobody else is in it.
    pub(crate) fn enter(&self) -> Turn<'_> {
        let Some(file) = &self.file else { return Turn(None) };
        let mut since = None;
        let mut pause = Duration::from_micros(50);
        loop {
            match file.try_lock() {
                Ok(()) => return Turn(Some(file)),
                Err(TryLockError::WouldBlock) if since.get_or_insert_with(Instant::now).elapsed() < self.patience => {
                    thread::sleep(pause);
                    pause = (pause * 2).min(PAUSE);
                }
                Err(_) => return Turn(None),
            }
        }
    }
}

/// Being in the gate, until it is dropped.
#[must_use = "it is left at once otherwise"]
pub(crate) struct Turn<'a>(Option<&'a File>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.0 {
            // It fails for no reason that would leave it locked.
            drop(file.unlock());
        }
    }
}
