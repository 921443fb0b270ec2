//! The limit: one function per command, plain structs, JSON in the log.
//!
//! It does what the framework's pipeline does, in the order in which it does it, and nothing else: no erasure, no locks,
//! no subscriptions. Live accounts are kept and checked by version, the projector reads what the log holds.

use super::{
    identity::time_ordered,
    log::{Log, NewRecord, Record},
};
use crate::{
    bank::{Account, AccountOpened, Dashboard, DepositMade, MakeDeposit, OpenAccount, Refused},
    candidate::{Candidate, Row},
};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;
use uuid::Uuid;

const ACCOUNT_OPENED: &str = "Fidelis.AccountOpened.v1";
const DEPOSIT_MADE: &str = "Fidelis.DepositMade.v1";

/// A bank by hand, events stored as JSON.
#[derive(Debug, Default)]
pub struct HandWritten {
    accounts: FxHashMap<Uuid, Live>,
    log: Log<Box<str>>,
    dashboards: Dashboards,
    encoder: Encoder,
}

/// An account in memory and how many events it is made of.
#[derive(Debug)]
struct Live {
    account: Account,
    events: u64,
}

impl Candidate for HandWritten {
    fn open(&mut self, command: OpenAccount) -> Result<Uuid, Refused> {
        let time = SystemTime::now();
        let (command_id, account_id) = (time_ordered(time), time_ordered(time));
        let OpenAccount { account_number, holder_name, opening_deposit } = command;
        let event = AccountOpened { account_id, account_number, holder_name, opening_deposit };
        let payload = self.encoder.encode(&event)?;
        let record = self.log.append(account_id, 0, NewRecord { type_name: ACCOUNT_OPENED, time, command_id, payload })?;
        self.accounts.insert(account_id, Live { account: Account::opened(&event), events: 1 });
        self.dashboards.project(record)?;
        Ok(account_id)
    }

    fn deposit(&mut self, command: MakeDeposit) -> Result<(), Refused> {
        command.validate()?;
        let time = SystemTime::now();
        let command_id = time_ordered(time);
        let account_id = command.account_id;
        let live = self.accounts.get_mut(&account_id).ok_or(Refused::NoSuchAccount)?;
        let event = live.account.deposit(command)?;
        let payload = self.encoder.encode(&event)?;
        let new = NewRecord { type_name: DEPOSIT_MADE, time, command_id, payload };
        let record = self.log.append(account_id, live.events, new)?;
        live.account.on_deposit_made(&event);
        live.events += 1;
        self.dashboards.project(record)
    }

    fn dashboard(&self, account_id: Uuid) -> Option<Row> {
        let row = self.dashboards.rows.get(&account_id)?;
        Some(Row { balance: row.balance, transaction_count: row.transaction_count })
    }

    fn replay(&self, account_id: Uuid) -> Option<Decimal> {
        let mut account = Account::default();
        for record in self.log.stream(account_id) {
            match record.metadata.type_name {
                ACCOUNT_OPENED => account = Account::opened(&decode(&record.payload).ok()?),
                DEPOSIT_MADE => account.on_deposit_made(&decode(&record.payload).ok()?),
                _ => return None,
            }
        }
        Some(account.balance)
    }
}

/// The read model and how far it is.
#[derive(Debug, Default)]
struct Dashboards {
    rows: FxHashMap<Uuid, Dashboard>,
    checkpoint: u64,
}

impl Dashboards {
    fn project(&mut self, record: &Record<Box<str>>) -> Result<(), Refused> {
        let time = record.metadata.time;
        match record.metadata.type_name {
            ACCOUNT_OPENED => {
                let event: AccountOpened = decode(&record.payload)?;
                self.rows.insert(event.account_id, Dashboard::opened(&event, time));
            }
            DEPOSIT_MADE => {
                let event: DepositMade = decode(&record.payload)?;
                self.rows.get_mut(&event.account_id).ok_or(Refused::NoSuchAccount)?.on_deposit_made(&event, time);
            }
            _ => {}
        }
        self.checkpoint = record.metadata.global_position;
        Ok(())
    }
}

/// Writes JSON by way of one buffer, so that a payload costs one allocation of its own size.
#[derive(Debug, Default)]
struct Encoder {
    buffer: Vec<u8>,
}

impl Encoder {
    fn encode(&mut self, event: &impl Serialize) -> Result<Box<str>, Refused> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, event).map_err(fault)?;
        std::str::from_utf8(&self.buffer).map(Box::from).map_err(fault)
    }
}

fn decode<'a, E: Deserialize<'a>>(payload: &'a str) -> Result<E, Refused> {
    serde_json::from_str(payload).map_err(fault)
}

fn fault(error: impl std::fmt::Display) -> Refused {
    Refused::Fault(error.to_string())
}
