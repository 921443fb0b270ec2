//! The floor: as [`HandWritten`](super::HandWritten), with events kept as they are instead of as JSON.
//!
//! No store that outlives the process can do this; it shows what is left when encoding and decoding are taken away.

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
use std::time::SystemTime;
use uuid::Uuid;

/// A bank by hand, events stored as they are.
#[derive(Debug, Default)]
pub struct HandWrittenTyped {
    accounts: FxHashMap<Uuid, Live>,
    log: Log<Event>,
    dashboards: Dashboards,
}

/// An account in memory and how many events it is made of.
#[derive(Debug)]
struct Live {
    account: Account,
    events: u64,
}

/// Everything that can happen to an account.
#[derive(Debug)]
enum Event {
    AccountOpened(AccountOpened),
    DepositMade(DepositMade),
}

impl Candidate for HandWrittenTyped {
    fn open(&mut self, command: OpenAccount) -> Result<Uuid, Refused> {
        let time = SystemTime::now();
        let (command_id, account_id) = (time_ordered(time), time_ordered(time));
        let OpenAccount { account_number, holder_name, opening_deposit } = command;
        let event = AccountOpened { account_id, account_number, holder_name, opening_deposit };
        let account = Account::opened(&event);
        let payload = Event::AccountOpened(event);
        let record =
            self.log.append(account_id, 0, NewRecord { type_name: "Fidelis.AccountOpened.v1", time, command_id, payload })?;
        self.accounts.insert(account_id, Live { account, events: 1 });
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
        let payload = Event::DepositMade(event);
        let new = NewRecord { type_name: "Fidelis.DepositMade.v1", time, command_id, payload };
        let record = self.log.append(account_id, live.events, new)?;
        if let Event::DepositMade(event) = &record.payload {
            live.account.on_deposit_made(event);
        }
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
            match &record.payload {
                Event::AccountOpened(event) => account = Account::opened(event),
                Event::DepositMade(event) => account.on_deposit_made(event),
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
    fn project(&mut self, record: &Record<Event>) -> Result<(), Refused> {
        let time = record.metadata.time;
        match &record.payload {
            Event::AccountOpened(event) => {
                self.rows.insert(event.account_id, Dashboard::opened(event, time));
            }
            Event::DepositMade(event) => {
                self.rows.get_mut(&event.account_id).ok_or(Refused::NoSuchAccount)?.on_deposit_made(event, time);
            }
        }
        self.checkpoint = record.metadata.global_position;
        Ok(())
    }
}
