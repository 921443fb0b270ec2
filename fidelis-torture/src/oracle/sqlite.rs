//! Reading an SQLite file that nobody has open.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::{CHECKS, Check, Finding, LOG_CHECKS, Relations, Verdict, checks};
use crate::{Answer, History, Key};

/// How many places a check names before it stops.
const PLACES: usize = 3;

const RELATIONS: Relations = Relations {
    log: "select position, stream, stream_position, time, id, payload from events",
    settled: "select lower(substr(hex(command), 1, 8) || '-' || substr(hex(command), 9, 4) || '-' || substr(hex(command), 13, 4) \
              || '-' || substr(hex(command), 17, 4) || '-' || substr(hex(command), 21)) as command, position from fidelis_settlements",
    checkpoints: "select subscription as name, position from fidelis_checkpoints",
    parked: "select subscription as name, position from fidelis_parked",
    read_models: "",
};

/// What is read, with its columns. A file whose first commits were lost has none of it: then there is nothing in it, either.
const TABLES: [(&str, &str); 9] = [
    ("events", "position, stream, stream_position, time, id, payload"),
    ("fidelis_settlements", "command, position"),
    ("fidelis_checkpoints", "subscription, position"),
    ("fidelis_parked", "subscription, position"),
    ("fidelis_records", "position, type, category"),
    ("fidelis_marks", "kind, id, block"),
    ("torture_commits", "key, parts"),
    ("torture_balances", "account, amount, changes"),
    ("torture_totals", "account, amount, changes"),
];

/// What only an SQLite file has, and must be complete: without a mark, a record is passed over by readers of its kind.
const OWN: &[Check] = &[Check {
    name: "every record is marked where readers look",
    sql: "select 'at ' || position from fidelis_records as record \
          where (0, type, position / 256) not in (select kind, id, block from fidelis_marks) \
          or (1, category, position / 256) not in (select kind, id, block from fidelis_marks)",
}];

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
    for (table, columns) in TABLES {
        let known = "select count(*) from sqlite_schema where name = ?";
        let is_there: i64 = connection.query_row(known, [table], |row| row.get(0))?;
        if is_there == 0 {
            connection.execute_batch(&format!("create temp table {table} ({columns})"))?;
        }
    }
    for statement in RELATIONS.statements() {
        connection.execute_batch(&statement)?;
    }
    tell(&connection, history)?;
    let mut verdict = ask(&connection, &[CHECKS, LOG_CHECKS].concat())?;
    verdict.findings.splice(..0, findings);
    verdict.findings.extend(ask(&connection, OWN)?.findings);
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
