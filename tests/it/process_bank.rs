//! A small bank with a process that moves money, as `#[process_manager]` would write it out: the model of what it expands to.

use fidelis::{
    EventType, SignedDuration,
    prelude::*,
    process::{
        Effects, EventStep, IssuedBy, IssuedRow, IssuedType, ProcessManager, ProcessRow, RejectedStep, Route, Steps, TimeoutStep,
        Timer, UndoStep, UndoneStep, fits, issued, key_of_field, step,
    },
};
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moving {
    pub transfer: String,
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
    pub money: Money,
    pub urged: u32,
}

// What people write, as methods.
impl Moving {
    /// `#[handle(start)]`
    fn on_asked(&mut self, event: &Asked, then: &mut Effects<Self>) {
        assert!(event.amount != 13, "thirteen brings bad luck");
        (self.from, self.to, self.amount) = (event.from, event.to, event.amount);
        then.issue(Withdraw { account: self.from, amount: self.amount });
        then.start_timer(Self::PATIENCE, SignedDuration::from_mins(30));
    }

    /// `#[handle(issued)]`
    fn on_withdrawn(&mut self, _: &Withdrawn, then: &mut Effects<Self>) {
        if self.money == Money::Asked {
            self.money = Money::Taken;
            then.issue(Deposit { account: self.to, amount: self.amount });
        }
    }

    /// `#[handle(issued)]`
    fn on_deposited(&mut self, _: &Deposited, then: &mut Effects<Self>) {
        if self.money == Money::Taken {
            self.money = Money::Arrived;
            then.keep();
            then.issue(Settle { id: Id::named(&self.transfer), transfer: self.transfer.clone() });
        }
    }

    /// `#[handle(correlate = transfer, wait = ..)]`
    fn on_urged(&mut self, _: &Urged, then: &mut Effects<Self>) {
        self.urged += 1;
        then.restart_timer(Self::PATIENCE, SignedDuration::from_mins(5));
    }

    /// `#[handle(end)]`
    fn on_settled(&mut self, _: &Settled) {}

    /// `#[handle(end)]`
    fn on_failed(&mut self, _: &Failed) {}

    /// `#[on_rejected]`
    fn on_withdraw_rejected(&mut self, _: &Withdraw, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    /// `#[on_rejected]`
    fn on_deposit_rejected(&mut self, _: &Deposit, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    /// `#[on_timeout("patience")]`
    fn on_impatience(&mut self, then: &mut Effects<Self>) {
        then.undo("it took too long");
    }

    /// `#[undo]`
    fn give_back(&mut self, done: &Withdraw, then: &mut Effects<Self>) {
        then.issue(Deposit { account: done.account, amount: done.amount });
    }

    /// `#[on_undone]`
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.issue(Fail { id: Id::named(&self.transfer), transfer: self.transfer.clone(), reason: why.to_owned() });
    }
}

// What `#[process_manager(correlate = transfer)]` writes.
impl ProcessManager for Moving {
    const NAME: &'static str = "Moving";
    const STREAM: &'static str = "moving";
    const DEFINITION: u64 = 0x5ca1_ab1e;
    type Key = String;

    fn correlate(&mut self, key: String) {
        self.transfer = key;
    }
}

impl Moving {
    /// The timer `patience`.
    pub const PATIENCE: Timer<Moving> = Timer::new("patience");
}

impl IssuedBy<Moving> for Withdraw {}
impl IssuedBy<Moving> for Deposit {}
impl IssuedBy<Moving> for Settle {}
impl IssuedBy<Moving> for Fail {}

impl Steps for Moving {
    const ROW: ProcessRow = ProcessRow {
        name: <Moving as ProcessManager>::NAME,
        stream: <Moving as ProcessManager>::STREAM,
        definition: <Moving as ProcessManager>::DEFINITION,
        fits: fits::<Moving>,
        events: &[
            EventStep {
                name: "on_asked",
                event: EventType::of::<Asked>(),
                route: Route::Field(|message| key_of_field::<Moving>(&message.decode::<Asked>()?.transfer)),
                starts: true,
                ends: false,
                waits: None,
                call: |state, message| {
                    step::<Moving, _>(state, |process, then| {
                        let event = message.decode::<Asked>()?;
                        process.correlate(Clone::clone(&event.transfer));
                        Ok(process.on_asked(&event, then))
                    })
                },
            },
            EventStep {
                name: "on_withdrawn",
                event: EventType::of::<Withdrawn>(),
                route: Route::Issued,
                starts: false,
                ends: false,
                waits: None,
                call: |state, message| {
                    step::<Moving, _>(state, |process, then| Ok(process.on_withdrawn(&message.decode()?, then)))
                },
            },
            EventStep {
                name: "on_deposited",
                event: EventType::of::<Deposited>(),
                route: Route::Issued,
                starts: false,
                ends: false,
                waits: None,
                call: |state, message| {
                    step::<Moving, _>(state, |process, then| Ok(process.on_deposited(&message.decode()?, then)))
                },
            },
            EventStep {
                name: "on_urged",
                event: EventType::of::<Urged>(),
                route: Route::Field(|message| key_of_field::<Moving>(&message.decode::<Urged>()?.transfer)),
                starts: false,
                ends: false,
                waits: Some(SignedDuration::from_mins(10)),
                call: |state, message| step::<Moving, _>(state, |process, then| Ok(process.on_urged(&message.decode()?, then))),
            },
            EventStep {
                name: "on_settled",
                event: EventType::of::<Settled>(),
                route: Route::Field(|message| key_of_field::<Moving>(&message.decode::<Settled>()?.transfer)),
                starts: false,
                ends: true,
                waits: None,
                call: |state, message| step::<Moving, _>(state, |process, _| Ok(process.on_settled(&message.decode()?))),
            },
            EventStep {
                name: "on_failed",
                event: EventType::of::<Failed>(),
                route: Route::Field(|message| key_of_field::<Moving>(&message.decode::<Failed>()?.transfer)),
                starts: false,
                ends: true,
                waits: None,
                call: |state, message| step::<Moving, _>(state, |process, _| Ok(process.on_failed(&message.decode()?))),
            },
        ],
        issues: &[
            IssuedRow {
                command: IssuedType::of::<Withdraw>(),
                on_rejected: Some(RejectedStep {
                    name: "on_withdraw_rejected",
                    call: |state, command, why| {
                        step::<Moving, _>(Some(state), |process, then| {
                            Ok(process.on_withdraw_rejected(&issued(command)?, why, then))
                        })
                    },
                }),
            },
            IssuedRow {
                command: IssuedType::of::<Deposit>(),
                on_rejected: Some(RejectedStep {
                    name: "on_deposit_rejected",
                    call: |state, command, why| {
                        step::<Moving, _>(Some(state), |process, then| {
                            Ok(process.on_deposit_rejected(&issued(command)?, why, then))
                        })
                    },
                }),
            },
            IssuedRow { command: IssuedType::of::<Settle>(), on_rejected: None },
            IssuedRow { command: IssuedType::of::<Fail>(), on_rejected: None },
        ],
        failures: &[],
        timeouts: &[TimeoutStep {
            name: "on_impatience",
            timer: "patience",
            call: |state| step::<Moving, _>(Some(state), |process, then| Ok(process.on_impatience(then))),
        }],
        undos: &[UndoStep {
            name: "give_back",
            command: <Withdraw as Command>::NAME,
            call: |state, command| step::<Moving, _>(Some(state), |process, then| Ok(process.give_back(&issued(command)?, then))),
        }],
        undone: Some(UndoneStep {
            name: "on_undone",
            call: |state, why| step::<Moving, _>(Some(state), |process, then| Ok(process.on_undone(why, then))),
        }),
        completes: false,
    };
}

const _: () = {
    const ELEMENT: fidelis::__private::Element = fidelis::__private::Element::ProcessManager(<Moving as Steps>::ROW);
    fidelis::__register!(ELEMENT);
};
