//! A small bank, for tests of the test language.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use fidelis::prelude::*;

fidelis::domain!("bank");

/// Somebody opened an account.
#[event(part_of = Account)]
pub struct AccountOpened {
    pub account_id: Id<Account>,
    pub owner: String,
    pub deposit: i64,
}

/// Money came in.
#[event(part_of = Account)]
pub struct DepositMade {
    pub account_id: Id<Account>,
    pub amount: i64,
    pub reference: Option<String>,
}

/// Money went out.
#[event(part_of = Account)]
pub struct WithdrawalMade {
    pub account_id: Id<Account>,
    pub amount: i64,
    pub reference: Option<String>,
}

/// An account.
#[aggregate(event_sourced, fact_events)]
pub struct Account {
    pub owner: String,
    pub balance: i64,
    pub limits: Vec<i64>,
}

#[aggregate]
impl Account {
    pub fn deposit(&mut self, amount: i64, reference: Option<String>) -> Result<(), Rejection> {
        ensure!(amount > 0, amount: "Deposit amount must be positive");
        self.raise(DepositMade { account_id: self.id(), amount, reference })
    }

    pub fn withdraw(&mut self, amount: i64) -> Result<(), Rejection> {
        self.raise(WithdrawalMade { account_id: self.id(), amount, reference: None })
    }

    /// Takes out and puts in, in one save: the balance may be below zero in between.
    pub fn swap(&mut self, out: i64, back: i64) -> Result<(), Rejection> {
        self.atomically(|account| {
            account.withdraw(out)?;
            account.deposit(back, None)
        })
    }

    #[apply]
    fn on_account_opened(&mut self, event: &AccountOpened) {
        self.owner.clone_from(&event.owner);
        self.balance = event.deposit;
    }

    #[apply]
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }

    #[apply]
    fn on_withdrawal_made(&mut self, event: &WithdrawalMade) {
        self.balance -= event.amount;
    }

    #[invariant(post)]
    fn balance_must_not_be_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= 0, balance: "Insufficient funds: balance cannot be negative")
    }

    #[invariant(post)]
    fn debt_must_be_bearable(&self) -> Result<(), Rejection> {
        ensure!(self.balance > -1_000, credit: "{} is more than anybody can owe", -self.balance)
    }
}

#[command(part_of = Account)]
pub struct OpenAccount {
    pub owner: String,
    pub deposit: i64,
}

#[command(part_of = Account)]
pub struct OpenNumberedAccount {
    #[identifier]
    pub account_id: Id<Account>,
    pub owner: String,
}

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
    pub amount: i64,
    pub reference: Option<String>,
}

#[command(part_of = Account)]
pub struct MakeWithdrawal {
    #[identifier]
    pub account_id: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct BreakDown {
    #[identifier]
    pub account_id: Id<Account>,
    pub panic: bool,
}

/// Gives the balance.
#[command(part_of = Account)]
pub struct AskBalance {
    #[identifier]
    pub account_id: Id<Account>,
}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
        ensure!(command.deposit >= 0, deposit: "Opening deposit cannot be negative");
        let mut account = Account::new(id);
        account.raise(AccountOpened { account_id: id, owner: command.owner, deposit: command.deposit })?;
        Ok(account)
    }

    #[handle]
    fn open_numbered_account(&self, command: OpenNumberedAccount, id: Id<Account>) -> Result<Account, Rejection> {
        let mut account = Account::new(id);
        account.raise(AccountOpened { account_id: id, owner: command.owner, deposit: 0 })?;
        Ok(account)
    }

    #[handle]
    fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
        account.deposit(command.amount, command.reference)
    }

    #[handle]
    fn make_withdrawal(&self, command: MakeWithdrawal, account: &mut Account) -> Result<(), Rejection> {
        account.withdraw(command.amount)
    }

    #[handle]
    fn break_down(&self, command: BreakDown, _: &mut Account) -> Result<(), HandlerError> {
        assert!(!command.panic, "the vault is open");
        Err(io::Error::other("no connection"))?
    }

    #[handle]
    fn ask_balance(&self, _: AskBalance, account: &mut Account) -> Result<i64, Rejection> {
        Ok(account.balance)
    }
}

/// Somebody is to look at an account.
#[event(part_of = Review)]
pub struct ReviewOpened {
    pub account_id: Id<Account>,
    pub amount: i64,
}

/// A look at an account; stored as it is.
#[aggregate]
pub struct Review {
    pub account_id: Id<Account>,
    pub amount: i64,
}

#[aggregate]
impl Review {}

#[command(part_of = Review)]
pub struct OpenReview {
    pub account_id: Id<Account>,
    pub amount: i64,
}

#[derive(Default)]
pub struct ReviewCommandHandler;

#[command_handler(part_of = Review)]
impl ReviewCommandHandler {
    #[handle]
    fn open_review(&self, command: OpenReview, id: Id<Review>) -> Result<Review, Rejection> {
        ensure!(command.amount != 13_000, amount: "Nobody reviews that");
        let OpenReview { account_id, amount } = command;
        let mut review = Review::new(id);
        (review.account_id, review.amount) = (account_id, amount);
        review.raise(ReviewOpened { account_id, amount })?;
        Ok(review)
    }
}

/// Has large deposits reviewed.
#[derive(Default)]
pub struct ReviewHandler;

#[event_handler(part_of = Account)]
impl ReviewHandler {
    #[handle]
    async fn on_deposit_made(&self, event: &DepositMade, ctx: &Context) -> Result<(), HandlerError> {
        if event.amount >= 10_000 {
            ctx.process(OpenReview { account_id: event.account_id, amount: event.amount }).await?;
        }
        Ok(())
    }
}

/// Writes letters; can be told to fail for a while.
#[derive(Clone, Default)]
pub struct LetterHandler {
    pub failures: Arc<AtomicU32>,
    pub sent: Arc<AtomicU32>,
}

#[event_handler(part_of = Account)]
impl LetterHandler {
    #[handle]
    fn on_account_opened(&self, _: &AccountOpened) -> Result<(), HandlerError> {
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.fetch_sub(1, Ordering::Relaxed);
            return Err(HandlerError::failed("no stamps"));
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// What the counter sees.
#[projection]
pub struct Summary {
    #[identifier]
    pub account_id: Id<Account>,
    pub owner: String,
    pub balance: i64,
    pub movements: i64,
    pub moved_at: Timestamp,
}

#[derive(Default)]
pub struct SummaryProjector;

#[projector(projector_for = Summary, aggregates = [Account])]
impl SummaryProjector {
    #[on]
    fn on_account_opened(&self, event: &AccountOpened, meta: &Metadata) -> Summary {
        let AccountOpened { account_id, ref owner, deposit } = *event;
        Summary { account_id, owner: owner.clone(), balance: deposit, movements: 1, moved_at: meta.time }
    }

    #[on]
    fn on_deposit_made(&self, summary: &mut Summary, event: &DepositMade, meta: &Metadata) {
        summary.balance += event.amount;
        summary.movements += 1;
        summary.moved_at = meta.time;
    }
}

/// What the auditor sees: from facts alone.
#[projection]
pub struct Report {
    #[identifier]
    pub account_id: Id<Account>,
    pub balance: i64,
}

#[derive(Default)]
pub struct ReportProjector;

#[projector(projector_for = Report, aggregates = [Account])]
impl ReportProjector {
    #[on]
    fn on_account_fact(&self, fact: &AccountFactEvent) -> Report {
        Report { account_id: fact.id, balance: fact.balance }
    }
}

pub fn alice() -> Id<Account> {
    Id::named("alice")
}

pub fn bob() -> Id<Account> {
    Id::named("bob")
}

pub fn opened(deposit: i64) -> AccountOpened {
    AccountOpened { account_id: alice(), owner: "Alice".to_owned(), deposit }
}

pub fn deposited(amount: i64) -> DepositMade {
    DepositMade { account_id: alice(), amount, reference: None }
}

pub fn withdrawn(amount: i64) -> WithdrawalMade {
    WithdrawalMade { account_id: alice(), amount, reference: None }
}

pub fn deposit(amount: i64) -> MakeDeposit {
    MakeDeposit { account_id: alice(), amount, reference: None }
}

pub fn withdraw(amount: i64) -> MakeWithdrawal {
    MakeWithdrawal { account_id: alice(), amount }
}

#[test]
fn the_domain_has_no_faults() {
    assert_eq!(domain().check(), Ok(()));
}
