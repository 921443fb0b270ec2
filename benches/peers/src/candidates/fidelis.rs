//! Fidelis: its in-memory engine, with the account, its commands and the dashboard as a user writes them.

mod bank;

use self::bank::{Account, Dashboard, MakeDeposit, MakeManyDeposits, OpenAccount, domain};
use crate::{
    bank::{self as asked, Refused},
    candidate::{Candidate, Row},
    ready::ready,
};
use ::fidelis::{Engine, Error, ErrorKind, Id};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A bank on Fidelis.
pub struct Fidelis {
    engine: Engine,
}

impl Default for Fidelis {
    fn default() -> Self {
        Fidelis { engine: domain().in_memory().expect("the domain has no faults") }
    }
}

impl Candidate for Fidelis {
    fn open(&mut self, command: asked::OpenAccount) -> Result<Uuid, Refused> {
        let asked::OpenAccount { account_number, holder_name, opening_deposit } = command;
        let receipt = ready(self.engine.process(OpenAccount { account_number, holder_name, opening_deposit }));
        receipt.map(|receipt| receipt.value.uuid()).map_err(fault)
    }

    fn deposit(&mut self, command: asked::MakeDeposit) -> Result<(), Refused> {
        ready(self.engine.process(deposit(command))).map(|receipt| assert!(receipt.lagging.is_empty())).map_err(fault)
    }

    fn lengthen(&mut self, deposits: Vec<asked::MakeDeposit>) -> Result<(), Refused> {
        let Some(account_id) = deposits.first().map(|deposit| Id::from_uuid(deposit.account_id)) else { return Ok(()) };
        let deposits = deposits.into_iter().map(deposit).collect();
        ready(self.engine.process(MakeManyDeposits { account_id, deposits })).map(drop).map_err(fault)
    }

    fn dashboard(&self, account_id: Uuid) -> Option<Row> {
        let row = ready(self.engine.query::<Dashboard>().get(Id::from_uuid(account_id))).ok().flatten()?;
        Some(Row { balance: row.balance, transaction_count: row.transaction_count.try_into().ok()? })
    }

    fn replay(&self, account_id: Uuid) -> Option<Decimal> {
        ready(self.engine.replay(Id::<Account>::from_uuid(account_id))).ok().map(|account| account.balance)
    }
}

fn deposit(command: asked::MakeDeposit) -> MakeDeposit {
    let asked::MakeDeposit { account_id, amount, reference } = command;
    MakeDeposit { account_id: Id::from_uuid(account_id), amount, reference }
}

fn fault(error: Error) -> Refused {
    let refused = |field| error.rejection().is_some_and(|rejection| rejection.messages().any(|(name, _)| name == field));
    match error.kind() {
        ErrorKind::NotFound => Refused::NoSuchAccount,
        _ if refused("amount") => Refused::AmountNotPositive,
        _ if refused("reference") => Refused::ReferenceTooLong,
        _ => Refused::Fault(error.to_string()),
    }
}
