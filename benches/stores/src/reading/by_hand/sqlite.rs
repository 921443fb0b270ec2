//! On SQLite.

use std::{path::PathBuf, time::Instant};

use ::load::{
    Fault,
    bank::{Account, Event},
};
use rusqlite::{Connection, params};
use rust_decimal::Decimal;

use super::{Rows, add, applied};
use crate::{
    by_hand::sqlite::connect,
    reading::{Read, material, memory::Peak},
    setting::Setting,
};

pub(in crate::reading) struct Database {
    path: PathBuf,
}

impl Database {
    pub(super) fn filled(setting: &Setting) -> Result<Self, Fault> {
        let path = setting.new_file();
        let mut connection = connect(&path)?;
        connection.execute_batch(
            "CREATE TABLE events (position INTEGER PRIMARY KEY, category INTEGER NOT NULL, stream INTEGER NOT NULL, stream_position INTEGER
             NOT NULL, type INTEGER NOT NULL, kind INTEGER NOT NULL, time INTEGER NOT NULL, id BLOB NOT NULL, schema_version INTEGER NOT NULL,
             correlation BLOB NOT NULL, causation BLOB NOT NULL, payload TEXT NOT NULL);
             CREATE UNIQUE INDEX by_stream ON events (stream, stream_position);
             CREATE INDEX by_category ON events (category, position);
             CREATE TABLE dashboard (account_id BLOB PRIMARY KEY, account_number TEXT NOT NULL, holder_name TEXT NOT NULL, balance TEXT NOT NULL,
             transaction_count INTEGER NOT NULL, last_transaction_at INTEGER NOT NULL) WITHOUT ROWID;
             CREATE TABLE checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;",
        )?;
        for round in material::rounds(setting.events) {
            insert(&mut connection, 0, round)?;
        }
        insert(&mut connection, 1, material::long())?;
        Ok(Database { path })
    }

    pub(super) fn category(&self) -> Result<Read, Fault> {
        let connection = connect(&self.path)?;
        let (peak, start) = (Peak::begin(), Instant::now());
        let mut statement = connection.prepare("SELECT payload FROM events WHERE category = 0 ORDER BY position")?;
        let mut rows = statement.query([])?;
        let (mut count, mut total) = (0_u64, Decimal::ZERO);
        while let Some(row) = rows.next()? {
            add(&mut total, &serde_json::from_str(row.get_ref(0)?.as_str()?)?);
            count += 1;
        }
        std::hint::black_box(total);
        Ok(Read { rate: count as f64 / start.elapsed().as_secs_f64(), grown: peak.grown() })
    }

    pub(super) fn stream(&self) -> Result<Read, Fault> {
        let connection = connect(&self.path)?;
        let start = Instant::now();
        let mut statement = connection.prepare("SELECT payload FROM events WHERE stream = ?1 ORDER BY stream_position")?;
        let mut rows = statement.query([material::LONG.0 as i64])?;
        let (mut count, mut account) = (0_u64, Account::default());
        while let Some(row) = rows.next()? {
            account = applied(account, &serde_json::from_str(row.get_ref(0)?.as_str()?)?);
            count += 1;
        }
        std::hint::black_box(account);
        Ok(Read { rate: count as f64 / start.elapsed().as_secs_f64(), grown: None })
    }

    pub(super) fn rebuild(&self) -> Result<Read, Fault> {
        let mut connection = connect(&self.path)?;
        let (peak, start) = (Peak::begin(), Instant::now());
        let transaction = connection.transaction()?;
        let (mut count, mut folded) = (0_i64, Rows::default());
        {
            let mut statement = transaction.prepare("SELECT time, payload FROM events ORDER BY position")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let event: Event = serde_json::from_str(row.get_ref(1)?.as_str()?)?;
                folded.apply(&event, row.get(0)?);
                count += 1;
            }
            transaction.execute("DELETE FROM dashboard", [])?;
            let mut insert = transaction.prepare("INSERT INTO dashboard VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for (id, row) in &folded.0 {
                insert.execute(params![
                    id.as_bytes().as_slice(),
                    row.account_number,
                    row.holder_name,
                    row.balance.to_string(),
                    row.transaction_count,
                    row.last_transaction_at
                ])?;
            }
            transaction.execute("INSERT OR REPLACE INTO checkpoints VALUES ('dashboard', ?1)", [count])?;
        }
        transaction.commit()?;
        Ok(Read { rate: count as f64 / start.elapsed().as_secs_f64(), grown: peak.grown() })
    }
}

fn insert(connection: &mut Connection, category: i64, events: impl Iterator<Item = (u64, u64, Event)>) -> Result<(), Fault> {
    let transaction = connection.transaction()?;
    {
        let mut insert =
            transaction.prepare_cached("INSERT INTO events VALUES (NULL, ?1, ?2, ?3, ?4, 0, ?5, ?6, 1, ?6, ?6, ?7)")?;
        for (number, position, event) in events {
            let id = uuid::Uuid::now_v7();
            let payload = serde_json::to_string(&event)?;
            let kind = i64::from(position > 0);
            insert.execute(params![
                category,
                number as i64,
                position as i64,
                kind,
                position as i64 * 1_000_000,
                id.as_bytes().as_slice(),
                payload
            ])?;
        }
    }
    Ok(transaction.commit()?)
}
