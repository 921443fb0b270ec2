//! A small bank with a process that moves money.

use fidelis::{SignedDuration, prelude::*};
use serde::{Deserialize, Serialize};

fidelis::domain!("moving");

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
pub struct Frozen {
    pub frozen: bool,
}

#[aggregate(event_sourced)]
pub struct Account {
    pub balance: i64,
    pub frozen: bool,
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
    fn on_frozen(&mut self, event: &Frozen) {
        self.frozen = event.frozen;
    }

    #[invariant(post)]
    fn never_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= 0, balance: "insufficient funds")
    }
}

#[command(part_of = Account)]
pub struct Open {
    pub amount: i64,
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
pub struct Freeze {
    #[identifier]
    pub account: Id<Account>,
    pub frozen: bool,
}

#[derive(Default)]
pub struct Teller;

#[command_handler(part_of = Account)]
impl Teller {
    #[handle]
    fn open(&self, command: Open, id: Id<Account>) -> Result<Account, Rejection> {
        let mut account = Account::new(id);
        account.raise(Opened { amount: command.amount })?;
        Ok(account)
    }

    #[handle]
    fn deposit(&self, command: Deposit, account: &mut Account) -> Result<(), Rejection> {
        assert!((command.amount, account.balance) != (666, 1), "the teller does not like this amount in this account");
        ensure!(!account.frozen, status: "frozen");
        account.raise(Deposited { amount: command.amount })
    }

    #[handle]
    fn withdraw(&self, command: Withdraw, account: &mut Account) -> Result<(), Rejection> {
        assert!(command.amount != 555, "the teller cannot count to 555");
        ensure!(!account.frozen, status: "frozen");
        account.raise(Withdrawn { amount: command.amount })?;
        // Suspicious.
        if command.amount == 77 { account.raise(Frozen { frozen: true }) } else { Ok(()) }
    }

    #[handle]
    fn freeze(&self, command: Freeze, account: &mut Account) -> Result<(), Rejection> {
        account.raise(Frozen { frozen: command.frozen })
    }
}

#[event(part_of = Transfer)]
pub struct Asked {
    pub transfer: String,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

#[event(part_of = Transfer)]
pub struct Settled {
    pub transfer: String,
}

#[event(part_of = Transfer)]
pub struct Failed {
    pub transfer: String,
    pub reason: String,
}

/// Somebody is in a hurry; may come before the transfer was asked for.
#[event(part_of = Transfer)]
pub struct Urged {
    pub transfer: String,
}

#[aggregate(event_sourced)]
pub struct Transfer {
    pub outcome: String,
}

#[aggregate]
impl Transfer {
    #[apply]
    fn on_asked(&mut self, _: &Asked) {}

    #[apply]
    fn on_urged(&mut self, _: &Urged) {}

    #[apply]
    fn on_settled(&mut self, _: &Settled) {
        self.outcome.push_str("settled");
    }

    #[apply]
    fn on_failed(&mut self, event: &Failed) {
        self.outcome.push_str(&event.reason);
    }
}

#[command(part_of = Transfer)]
pub struct Ask {
    #[identifier]
    pub id: Id<Transfer>,
    pub transfer: String,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Transfer)]
pub struct Settle {
    #[identifier]
    pub id: Id<Transfer>,
    pub transfer: String,
}

#[command(part_of = Transfer)]
pub struct Fail {
    #[identifier]
    pub id: Id<Transfer>,
    pub transfer: String,
    pub reason: String,
}

#[command(part_of = Transfer)]
pub struct Urge {
    pub transfer: String,
}

#[derive(Default)]
pub struct Clerk;

#[command_handler(part_of = Transfer)]
impl Clerk {
    #[handle]
    fn ask(&self, command: Ask, id: Id<Transfer>) -> Result<Transfer, Rejection> {
        let mut transfer = Transfer::new(id);
        let Ask { transfer: name, from, to, amount, .. } = command;
        transfer.raise(Asked { transfer: name, from, to, amount })?;
        Ok(transfer)
    }

    #[handle]
    fn urge(&self, command: Urge, id: Id<Transfer>) -> Result<Transfer, Rejection> {
        let mut transfer = Transfer::new(id);
        transfer.raise(Urged { transfer: command.transfer })?;
        Ok(transfer)
    }

    #[handle]
    fn settle(&self, command: Settle, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(Settled { transfer: command.transfer })
    }

    #[handle]
    fn fail(&self, command: Fail, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(Failed { transfer: command.transfer, reason: command.reason })
    }
}

/// How far the money has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Money {
    #[default]
    Asked,
    Taken,
    Arrived,
}

/// Moves money from one account to another.
#[process_manager(correlate = transfer)]
pub struct Moving {
    pub transfer: String,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
    pub money: Money,
    pub urged: u32,
}

#[process_manager(never_rejected = [Settle, Fail])]
impl Moving {
    #[handle(start, correlate = transfer)]
    fn on_asked(&mut self, event: &Asked, then: &mut Effects<Self>) {
        assert!(event.amount != 13, "thirteen brings bad luck");
        (self.from, self.to, self.amount) = (event.from, event.to, event.amount);
        then.issue(Withdraw { account: self.from, amount: self.amount });
        then.start_timer(Self::PATIENCE, SignedDuration::from_mins(30));
    }

    #[handle(issued)]
    fn on_withdrawn(&mut self, _: &Withdrawn, then: &mut Effects<Self>) {
        if self.money == Money::Asked {
            self.money = Money::Taken;
            then.issue(Deposit { account: self.to, amount: self.amount });
        }
    }

    #[handle(issued)]
    fn on_deposited(&mut self, _: &Deposited, then: &mut Effects<Self>) {
        if self.money == Money::Taken {
            self.money = Money::Arrived;
            then.keep();
            then.issue(Settle { id: Id::named(&self.transfer), transfer: self.transfer.clone() });
        }
    }

    #[handle(correlate = transfer, waits = SignedDuration::from_mins(10))]
    fn on_urged(&mut self, _: &Urged, then: &mut Effects<Self>) {
        self.urged += 1;
        then.restart_timer(Self::PATIENCE, SignedDuration::from_mins(5));
    }

    #[handle(end, correlate = transfer)]
    fn on_settled(&mut self, _: &Settled) {}

    #[handle(end, correlate = transfer)]
    fn on_failed(&mut self, _: &Failed) {}

    #[on_rejected]
    fn on_withdraw_rejected(&mut self, _: &Withdraw, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &Deposit, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_failed]
    fn on_withdraw_failed(&mut self, _: &Withdraw, why: &str, then: &mut Effects<Self>) {
        then.undo(why);
    }

    #[on_timeout("patience")]
    fn on_impatience(&mut self, then: &mut Effects<Self>) {
        then.undo("it took too long");
    }

    #[undo]
    fn give_back(&mut self, done: &Withdraw, then: &mut Effects<Self>) {
        then.issue(Deposit { account: done.account, amount: done.amount });
    }

    #[on_undone]
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.issue(Fail { id: Id::named(&self.transfer), transfer: self.transfer.clone(), reason: why.to_owned() });
    }
}
