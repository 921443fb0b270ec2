//! A program that writes rows into an SQLite file and nothing more: it shows that the tools of torture do what they say.

use std::{collections::BTreeSet, path::PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::{Answer, Key, Line, worker::say};

/// How much SQLite flushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Synchronous {
    /// Each commit.
    Full,
    /// Before and after the log is carried over into the file.
    Normal,
    /// Never.
    Off,
}

/// What the plain program is told to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plain {
    /// The file.
    pub file: PathBuf,
    /// How much is flushed.
    pub synchronous: Synchronous,
    /// Which run it is.
    pub run: u32,
}

impl Plain {
    /// Writes rows without end, one in each transaction.
    ///
    /// # Errors
    /// Of SQLite.
    pub fn work(&self) -> Result<(), rusqlite::Error> {
        let connection = Connection::open(&self.file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", format!("{:?}", self.synchronous))?;
        connection.pragma_update(None, "wal_autocheckpoint", 20)?;
        connection.execute_batch("create table if not exists rows (key text primary key, filling text)")?;
        say(&Line::Ready);
        for number in 0.. {
            let key = Key { run: self.run, caller: 0, number };
            say(&Line::Calls(key));
            let filling = "x".repeat((number % 7 * 300) as usize);
            connection.execute("insert into rows values (?, ?)", (key.to_string(), filling))?;
            say(&Line::Answered(key, Answer::Done));
        }
        Ok(())
    }

    /// The keys that are there; `None` when the file is damaged.
    pub fn found(&self) -> Option<BTreeSet<String>> {
        let connection = Connection::open(&self.file).ok()?;
        let sound: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0)).ok()?;
        if sound != "ok" {
            return None;
        }
        let tables: i64 = connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).ok()?;
        if tables == 0 {
            return Some(BTreeSet::new());
        }
        let mut statement = connection.prepare("select key from rows").ok()?;
        let keys = statement.query_map([], |row| row.get(0)).ok()?;
        keys.collect::<Result<_, _>>().ok()
    }
}
