//! Reading an SQLite file that nobody has open.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::{CHECKS, Check, Finding, Relations, Verdict, checks};
use crate::{Answer, History, Key};

/// How many places a check names before it stops.
const PLACES: usize = 3;

const RELATIONS: Relations = Relations {
    log: "select position, stream, stream_position, time, id, payload from events",
    settled: "select command, position from settlements",
    checkpoints: "select subscription as name, position from checkpoints",
    parked: "select subscription as name, position from parked",
    read_models: "",
};

/// Judges a file by what callers were told. Looks at a copy: opening the file itself would recover it, which is the store's to do.
///
/// # Errors
/// When the file cannot be read as a database of the store; that it is damaged is a finding.
pub fn judge(file: &Path, history: &History) -> Result<Verdict, rusqlite::Error> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let copy = folder.path().join("copy.db");
    fs::copy(file, &copy).unwrap_or_else(|error| panic!("cannot copy `{}`: {error}", file.display()));
    let log = |of: &Path| of.with_file_name(format!("{}-wal", of.file_name().unwrap_or_default().to_string_lossy()));
    // There is none when the file was closed in order.
    let _ = fs::copy(log(file), log(&copy));
    let connection = Connection::open(&copy)?;
    let mut findings = Vec::new();
    let mut statement = connection.prepare("pragma integrity_check(3)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            findings.push(Finding { check: "the file is sound", at: line });
        }
    }
    for statement in RELATIONS.statements() {
        connection.execute_batch(&statement)?;
    }
    tell(&connection, history)?;
    let mut verdict = ask(&connection, CHECKS)?;
    verdict.findings.splice(..0, findings);
    Ok(verdict)
}

/// Fills `calls`.
pub(super) fn tell(connection: &Connection, history: &History) -> Result<(), rusqlite::Error> {
    connection.execute_batch("begin")?;
    let mut insert = connection.prepare("insert into calls (key, command, answer) values (?, ?, ?)")?;
    for (key, answer) in history.calls() {
        insert.execute((key.to_string(), key.command().to_string(), answer.map(Answer::as_str)))?;
    }
    connection.execute_batch("commit")
}

/// Asks the oracle's tables.
pub(super) fn ask(connection: &Connection, checks: &[Check]) -> Result<Verdict, rusqlite::Error> {
    let mut verdict = Verdict::default();
    for check in checks {
        let mut statement = connection.prepare(check.sql)?;
        let places = statement.query_map([], |row| row.get::<_, Option<String>>(0))?.take(PLACES);
        for at in places {
            verdict.findings.push(Finding { check: check.name, at: at?.unwrap_or_default() });
        }
    }
    verdict.records = connection.query_row("select count(*) from log", [], |row| row.get::<_, i64>(0))? as u64;
    let mut statement = connection.prepare(checks::HAPPENED)?;
    let keys = statement.query_map([], |row| row.get::<_, String>(0))?;
    for key in keys {
        verdict.happened.extend(key?.parse::<Key>().ok());
    }
    Ok(verdict)
}
