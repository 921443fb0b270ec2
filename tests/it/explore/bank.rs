//! A small bank whose transfers are explored.

use fidelis::prelude::*;
use serde::{Deserialize, Serialize};

use super::bugs::{Bug, has};

#[event(part_of = Account)]
pub struct Opened {
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Deposited {
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Withdrawn {
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Closed {}

#[aggregate(event_sourced)]
pub struct Account {
    pub balance: i64,
    pub closed: bool,
}

#[aggregate]
impl Account {
    #[apply]
    fn on_opened(&mut self, event: &Opened) {
        self.balance = event.amount;
    }

    #[apply]
    fn on_deposited(&mut self, event: &Deposited) {
        self.balance += event.amount;
    }

    #[apply]
    fn on_withdrawn(&mut self, event: &Withdrawn) {
        self.balance -= event.amount;
    }

    #[apply]
    fn on_closed(&mut self, _: &Closed) {
        self.closed = true;
    }

    #[invariant(pre)]
    fn must_be_open(&self) -> Result<(), Rejection> {
        ensure!(!self.closed, closed: "the account is closed")
    }

    #[invariant(post)]
    fn never_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= 0, balance: "insufficient funds")
    }
}

#[command(part_of = Account)]
pub struct Deposit {
    #[identifier]
    pub account: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct Withdraw {
    #[identifier]
    pub account: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct Close {
    #[identifier]
    pub account: Id<Account>,
}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn deposit(&self, command: Deposit, account: &mut Account) -> Result<(), Rejection> {
        account.raise(Deposited { amount: command.amount })
    }

    #[handle]
    fn withdraw(&self, command: Withdraw, account: &mut Account) -> Result<(), Rejection> {
        account.raise(Withdrawn { amount: command.amount })
    }

    #[handle]
    fn close(&self, _: Close, account: &mut Account) -> Result<(), Rejection> {
        account.raise(Closed {})
    }
}

#[event(part_of = Transfer)]
pub struct Initiated {
    /// Which process it is for.
    pub key: String,
    pub transfer: Id<Transfer>,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

#[event(part_of = Transfer)]
pub struct Completed {
    pub transfer: Id<Transfer>,
}

#[event(part_of = Transfer)]
pub struct Failed {
    pub transfer: Id<Transfer>,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Status {
    #[default]
    UnderWay,
    Completed,
    Failed,
}

#[aggregate(event_sourced)]
pub struct Transfer {
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
    pub status: Status,
}

#[aggregate]
impl Transfer {
    #[apply]
    fn on_initiated(&mut self, event: &Initiated) {
        self.from = event.from;
        self.to = event.to;
        self.amount = event.amount;
    }

    #[apply]
    fn on_completed(&mut self, _: &Completed) {
        self.status = Status::Completed;
    }

    #[apply]
    fn on_failed(&mut self, _: &Failed) {
        self.status = Status::Failed;
    }

    #[invariant(pre)]
    fn ends_once(&self) -> Result<(), Rejection> {
        ensure!(self.status == Status::UnderWay, status: "the transfer has ended")
    }
}

#[command(part_of = Transfer)]
pub struct Initiate {
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Transfer)]
pub struct Complete {
    #[identifier]
    pub transfer: Id<Transfer>,
}

#[command(part_of = Transfer)]
pub struct Fail {
    #[identifier]
    pub transfer: Id<Transfer>,
    pub reason: String,
}

#[derive(Default)]
pub struct TransferCommandHandler;

#[command_handler(part_of = Transfer)]
impl TransferCommandHandler {
    #[handle]
    fn initiate(&self, command: Initiate, id: Id<Transfer>) -> Result<Transfer, Rejection> {
        let mut transfer = Transfer::new(id);
        let Initiate { from, to, amount } = command;
        let key = if has(Bug::WrongCorrelation) { from.to_string() } else { id.to_string() };
        transfer.raise(Initiated { key, transfer: id, from, to, amount })?;
        Ok(transfer)
    }

    #[handle]
    fn complete(&self, command: Complete, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(Completed { transfer: command.transfer })
    }

    #[handle]
    fn fail(&self, command: Fail, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(Failed { transfer: command.transfer, reason: command.reason })
    }
}
