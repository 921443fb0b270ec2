//! SQLite by hand: one thread writes, WAL with `synchronous = FULL`, statements prepared, the WAL made long beforehand.

use std::{
    path::Path,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant, UNIX_EPOCH},
};

use load::{ACCOUNTS, Candidate, Fault, Refused, Totals, bank::MakeDeposit};
use rusqlite::{Connection, params};
use rust_decimal::Decimal;
use tokio::sync::oneshot;

use super::accounts::{Accounts, Write};

/// How much is stored for a command, and how many commands share a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// One INSERT of the event, which is its own transaction.
    Bare,
    /// Event, the command's key, row and checkpoint, in a transaction of their own.
    One,
    /// The same; what waits shares a transaction.
    Grouped,
}

/// How long the writer waits for callers it has just answered.
const LINGER: Duration = Duration::from_micros(150);

type Job = (Write, oneshot::Sender<Result<(), Fault>>);

pub(crate) struct Bank {
    accounts: Accounts,
    writer: Sender<Job>,
    reader: std::sync::Mutex<Connection>,
    way: Way,
}

pub(crate) fn open(path: &Path, way: Way) -> Result<Bank, Fault> {
    let connection = connect(path)?;
    connection.execute_batch(
        "CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, stream_position INTEGER NOT NULL, type INTEGER NOT NULL,
         kind INTEGER NOT NULL, time INTEGER NOT NULL, id BLOB NOT NULL, schema_version INTEGER NOT NULL, correlation BLOB NOT NULL,
         causation BLOB NOT NULL, payload TEXT NOT NULL);
         CREATE UNIQUE INDEX by_stream ON events (stream, stream_position);
         CREATE TABLE commands (id BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE dashboard (account_id BLOB PRIMARY KEY, account_number TEXT NOT NULL, holder_name TEXT NOT NULL, balance TEXT NOT NULL,
         transaction_count INTEGER NOT NULL, last_transaction_at INTEGER NOT NULL) WITHOUT ROWID;
         CREATE TABLE checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
         INSERT INTO checkpoints VALUES ('dashboard', 0);
         CREATE TABLE filler (bytes BLOB);
         INSERT INTO filler VALUES (zeroblob(25165824));
         DROP TABLE filler;
         PRAGMA wal_checkpoint(RESTART);",
    )?;
    let (writer, jobs) = mpsc::channel();
    thread::Builder::new().name("by-hand".to_owned()).spawn(move || write(connection, &jobs, way))?;
    Ok(Bank { accounts: Accounts::default(), writer, reader: std::sync::Mutex::new(connect(path)?), way })
}

pub(crate) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.busy_timeout(Duration::from_secs(30))?;
    Ok(connection)
}

impl Bank {
    async fn store(&self, write: Write) -> Result<(), Fault> {
        let (answer, answered) = oneshot::channel();
        self.writer.send((write, answer)).map_err(|_| Fault("the writer is gone".to_owned()))?;
        answered.await?
    }
}

impl Candidate for Bank {
    async fn open(&self, number: u64) -> Result<(), Fault> {
        self.accounts.open(number, async |write| self.store(write).await).await
    }

    async fn deposit(&self, command: MakeDeposit) -> Result<(), Refused> {
        self.accounts.deposit(command, async |write| self.store(write).await).await
    }

    /// A bare INSERT keeps no dashboard: its events are asked.
    async fn totals(&self) -> Result<Totals, Fault> {
        let reader = self.reader.lock().map_err(|_| Fault("a reader panicked".to_owned()))?;
        if self.way == Way::Bare {
            let mut statement = reader.prepare("SELECT payload FROM events WHERE type = 1")?;
            let mut totals =
                Totals { accounts: 0, balance: Decimal::new(i64::try_from(ACCOUNTS)? * 100_000, 2), transactions: 0 };
            totals.transactions = reader.query_row("SELECT count(*) FROM events WHERE type = 0", [], |row| row.get(0))?;
            totals.accounts = totals.transactions.try_into()?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let load::bank::Event::DepositMade { amount, .. } = serde_json::from_str(row.get_ref(0)?.as_str()?)? {
                    totals.balance += amount;
                    totals.transactions += 1;
                }
            }
            return Ok(totals);
        }
        let mut statement = reader.prepare("SELECT balance, transaction_count FROM dashboard")?;
        let mut rows = statement.query([])?;
        let mut totals = Totals::default();
        while let Some(row) = rows.next()? {
            totals.accounts += 1;
            totals.balance += row.get_ref(0)?.as_str()?.parse::<Decimal>()?;
            totals.transactions += row.get::<_, i64>(1)?;
        }
        Ok(totals)
    }
}

/// Writes until nobody is there any more.
fn write(mut connection: Connection, jobs: &Receiver<Job>, way: Way) {
    let mut position = 0;
    let mut batch: Vec<Job> = Vec::new();
    let mut answered = 0;
    while let Ok(first) = jobs.recv() {
        batch.push(first);
        if way == Way::Grouped {
            gather(jobs, &mut batch, answered);
        }
        let done = match way {
            Way::Bare => insert(&connection, position, &batch[0].0),
            Way::One | Way::Grouped => store(&mut connection, position, &batch),
        };
        position += batch.len() as i64;
        answered = batch.len();
        let failed = done.err().map(|fault| fault.0);
        for (_, answer) in batch.drain(..) {
            // Who does not wait any more needs no answer.
            let _ = answer.send(failed.clone().map_or(Ok(()), |text| Err(Fault(text))));
        }
    }
}

/// Takes what waits, and waits a moment for those who were just answered.
fn gather(jobs: &Receiver<Job>, batch: &mut Vec<Job>, answered: usize) {
    let end = Instant::now() + LINGER;
    loop {
        batch.extend(jobs.try_iter());
        if answered <= 1 || batch.len() >= answered {
            return;
        }
        match jobs.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(job) => batch.push(job),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn store(connection: &mut Connection, position: i64, batch: &[Job]) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (offset, (write, _)) in batch.iter().enumerate() {
        let position = position + offset as i64;
        insert(&transaction, position, write)?;
        let command = write.command_id.as_bytes().as_slice();
        transaction.prepare_cached("INSERT INTO commands VALUES (?1, ?2)")?.execute(params![command, position + 1])?;
        let row = &write.row;
        transaction
            .prepare_cached(
                "INSERT INTO dashboard VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET account_number = ?2, holder_name = ?3,
                 balance = ?4, transaction_count = ?5, last_transaction_at = ?6",
            )?
            .execute(params![
                write.account_id.as_bytes().as_slice(),
                row.account_number,
                row.holder_name,
                row.balance.to_string(),
                row.transaction_count,
                row.last_transaction_at
            ])?;
    }
    let mut checkpoint = transaction.prepare_cached("UPDATE checkpoints SET position = ?1 WHERE name = 'dashboard'")?;
    checkpoint.execute([position + batch.len() as i64])?;
    drop(checkpoint);
    Ok(transaction.commit()?)
}

fn insert(connection: &Connection, position: i64, write: &Write) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, 1, ?7, ?7, ?8)")?;
    let time = write.time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64);
    let kind = i64::from(write.type_name == "DepositMade");
    insert.execute(params![
        position + 1,
        write.number,
        write.stream_position,
        kind,
        time,
        write.event_id.as_bytes().as_slice(),
        write.command_id.as_bytes().as_slice(),
        write.payload
    ])?;
    Ok(())
}
