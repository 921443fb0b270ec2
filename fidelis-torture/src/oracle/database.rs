//! A database as an oracle asks it: statements and questions in plain SQL, answers as texts.

use std::{fmt::Display, fs, path::Path};

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::Place;

/// A database as an oracle asks it. It is read at one moment; nothing but temporary tables is written.
pub(crate) enum Database {
    /// A copy of a file: opening the file itself would recover it, which is the store's to do.
    Sqlite(Connection, #[expect(dead_code, reason = "it is removed when it is dropped")] TempDir),
    /// A session on a server.
    Postgres(Client, Runtime),
}

impl Database {
    /// Opens what a store has left in a place; none for a store in memory.
    ///
    /// # Panics
    /// When it cannot be read at all.
    pub(crate) fn open(place: &Place) -> Option<Self> {
        match place {
            Place::Memory => None,
            Place::Sqlite { file, .. } => Some(copy_of(file)),
            Place::Postgres { url } => Some(session(url)),
        }
    }

    /// Makes statements.
    ///
    /// # Panics
    /// When one of them is refused.
    pub(crate) fn execute(&self, sql: &str) {
        match self {
            Database::Sqlite(connection, _) => known(sql, connection.execute_batch(sql)),
            Database::Postgres(client, runtime) => known(sql, runtime.block_on(client.batch_execute(sql))),
        }
    }

    /// The rows that answer a question, each column as text.
    ///
    /// # Panics
    /// When it is refused.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        match self {
            Database::Sqlite(connection, _) => {
                let mut statement = known(sql, connection.prepare(sql));
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| (0..columns).map(|column| text(row, column)).collect());
                known(sql, rows.and_then(Iterator::collect))
            }
            Database::Postgres(client, runtime) => {
                let messages = known(sql, runtime.block_on(client.simple_query(sql)));
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                });
                rows.map(|row| (0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()).collect()
            }
        }
    }
}

fn text(row: &rusqlite::Row<'_>, column: usize) -> Result<Option<String>, rusqlite::Error> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text).into_owned()),
    })
}

fn known<T>(sql: &str, result: Result<T, impl Display>) -> T {
    result.unwrap_or_else(|error| panic!("{error}, in:\n{sql}"))
}

fn copy_of(file: &Path) -> Database {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let copy = folder.path().join("copy.db");
    fs::copy(file, &copy).unwrap_or_else(|error| panic!("cannot copy `{}`: {error}", file.display()));
    let log = |of: &Path| of.with_file_name(format!("{}-wal", of.file_name().unwrap_or_default().to_string_lossy()));
    // There is none when the file was closed in order.
    let _ = fs::copy(log(file), log(&copy));
    let connection = known("open", Connection::open(&copy));
    Database::Sqlite(connection, folder)
}

fn session(url: &str) -> Database {
    // The options are the store's.
    let plain = url.split_once('?').map_or(url, |(plain, _)| plain);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let client = runtime.block_on(async {
        let (client, connection) = known(plain, tokio_postgres::connect(plain, NoTls).await);
        // It ends with its client.
        drop(tokio::spawn(connection));
        client
    });
    let database = Database::Postgres(client, runtime);
    // One moment for all of it, whatever is written meanwhile.
    database.execute("begin isolation level repeatable read");
    // Else the server gives up its tables of hashes for long lists, and compares each row with each.
    database.execute("set local work_mem = '256MB'");
    database
}
