//! Accounts, transfers between them, and the process that carries them out: the bank's, without what else the bank has.

pub(super) mod meters;

pub(super) use fidelis::prelude::Decimal;
use fidelis::prelude::*;

fidelis::domain!("transfers");

/// A customer opened an account.
#[event(part_of = Account)]
pub(crate) struct AccountOpened {
    /// The account.
    pub account_id: Id<Account>,
    /// The first deposit.
    pub opening_deposit: Decimal,
}

/// Money came in.
#[event(part_of = Account)]
pub(crate) struct DepositMade {
    /// The account.
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
    /// What for.
    pub reference: Option<String>,
}

/// Money went out.
#[event(part_of = Account)]
pub(crate) struct WithdrawalMade {
    /// The account.
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
    /// What for.
    pub reference: Option<String>,
}

/// An account.
#[aggregate(event_sourced)]
pub(crate) struct Account {
    /// What is in it.
    pub balance: Decimal,
}

#[aggregate]
impl Account {
    #[apply]
    fn on_account_opened(&mut self, event: &AccountOpened) {
        self.balance = event.opening_deposit;
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
        ensure!(self.balance >= Decimal::ZERO, balance: "Insufficient funds: balance cannot be negative")
    }
}

/// Open an account.
#[command(part_of = Account)]
pub(crate) struct OpenAccount {
    /// The first deposit.
    pub opening_deposit: Decimal,
}

/// Put money in.
#[command(part_of = Account)]
pub(crate) struct MakeDeposit {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
    /// What for.
    pub reference: Option<String>,
}

/// Take money out.
#[command(part_of = Account)]
pub(crate) struct MakeWithdrawal {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
    /// What for.
    pub reference: Option<String>,
}

/// Answers commands to accounts.
#[derive(Default)]
pub(crate) struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
        let mut account = Account::new(id);
        account.raise(AccountOpened { account_id: id, opening_deposit: command.opening_deposit })?;
        Ok(account)
    }

    #[handle]
    fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
        let MakeDeposit { account_id, amount, reference } = command;
        account.raise(DepositMade { account_id, amount, reference })
    }

    #[handle]
    fn make_withdrawal(&self, command: MakeWithdrawal, account: &mut Account) -> Result<(), Rejection> {
        let MakeWithdrawal { account_id, amount, reference } = command;
        account.raise(WithdrawalMade { account_id, amount, reference })
    }
}

/// What is in an account.
#[projection]
pub(crate) struct Balance {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// What is in it.
    pub balance: Decimal,
    /// How often money moved.
    pub transaction_count: i64,
}

/// Keeps the balances up to date.
#[derive(Default)]
pub(crate) struct BalanceProjector;

#[projector(projector_for = Balance, aggregates = [Account])]
impl BalanceProjector {
    #[on]
    fn on_account_opened(&self, event: &AccountOpened) -> Balance {
        Balance { account_id: event.account_id, balance: event.opening_deposit, transaction_count: 1 }
    }

    #[on]
    fn on_deposit_made(&self, row: &mut Balance, event: &DepositMade) {
        row.balance += event.amount;
        row.transaction_count += 1;
    }

    #[on]
    fn on_withdrawal_made(&self, row: &mut Balance, event: &WithdrawalMade) {
        row.balance -= event.amount;
        row.transaction_count += 1;
    }
}

/// Somebody wants money to be moved.
#[event(part_of = Transfer)]
pub(crate) struct TransferInitiated {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
}

/// The money has arrived.
#[event(part_of = Transfer)]
pub(crate) struct TransferCompleted {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
}

/// The money is where it was before.
#[event(part_of = Transfer)]
pub(crate) struct TransferFailed {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Why.
    pub reason: String,
}

/// A transfer between two accounts.
#[aggregate(event_sourced)]
pub(crate) struct Transfer {
    /// Whether it has ended.
    pub ended: bool,
}

#[aggregate]
impl Transfer {
    #[apply]
    fn on_transfer_initiated(&mut self, _: &TransferInitiated) {}

    #[apply]
    fn on_transfer_completed(&mut self, _: &TransferCompleted) {
        self.ended = true;
    }

    #[apply]
    fn on_transfer_failed(&mut self, _: &TransferFailed) {
        self.ended = true;
    }

    /// A transfer ends once.
    #[invariant(pre)]
    fn transfer_must_not_have_ended(&self) -> Result<(), Rejection> {
        ensure!(!self.ended, status: "Transfer has ended already")
    }
}

/// Move money from one account to another one.
#[command(part_of = Transfer)]
pub(crate) struct InitiateTransfer {
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
}

/// Note that the money has arrived.
#[command(part_of = Transfer)]
pub(crate) struct CompleteTransfer {
    /// The transfer.
    #[identifier]
    pub transfer_id: Id<Transfer>,
}

/// Note that the money is where it was before.
#[command(part_of = Transfer)]
pub(crate) struct FailTransfer {
    /// The transfer.
    #[identifier]
    pub transfer_id: Id<Transfer>,
    /// Why.
    pub reason: String,
}

/// Answers commands to transfers.
#[derive(Default)]
pub(crate) struct TransferCommandHandler;

#[command_handler(part_of = Transfer)]
impl TransferCommandHandler {
    #[handle]
    fn initiate_transfer(&self, command: InitiateTransfer, id: Id<Transfer>) -> Result<Transfer, Rejection> {
        let InitiateTransfer { source_account_id, destination_account_id, amount } = command;
        let mut transfer = Transfer::new(id);
        transfer.raise(TransferInitiated { transfer_id: id, source_account_id, destination_account_id, amount })?;
        Ok(transfer)
    }

    #[handle]
    fn complete_transfer(&self, _: CompleteTransfer, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(TransferCompleted { transfer_id: transfer.id() })
    }

    #[handle]
    fn fail_transfer(&self, command: FailTransfer, transfer: &mut Transfer) -> Result<(), Rejection> {
        transfer.raise(TransferFailed { transfer_id: transfer.id(), reason: command.reason })
    }
}

/// A transfer on its way.
#[process_manager(correlate = transfer_id)]
pub(crate) struct FundsTransfer {
    /// The transfer.
    pub transfer_id: Id<Transfer>,
    /// Whose money it is.
    pub source_account_id: Id<Account>,
    /// Whose money it is to be.
    pub destination_account_id: Id<Account>,
    /// How much.
    pub amount: Decimal,
    /// Whether it took too long: then no further step is begun.
    pub overdue: bool,
}

#[process_manager(never_rejected = [CompleteTransfer, FailTransfer])]
impl FundsTransfer {
    #[handle(start)]
    fn on_transfer_initiated(&mut self, event: &TransferInitiated, then: &mut Effects<Self>) {
        self.source_account_id = event.source_account_id;
        self.destination_account_id = event.destination_account_id;
        self.amount = event.amount;
        then.issue(MakeWithdrawal { account_id: self.source_account_id, amount: self.amount, reference: self.reference() });
        then.start_timer(Self::OVERDUE, SignedDuration::from_hours(24));
    }

    #[handle(issued)]
    fn on_withdrawal_made(&mut self, _: &WithdrawalMade, then: &mut Effects<Self>) {
        if !self.overdue {
            then.issue(self.deposit_into(self.destination_account_id));
        }
    }

    #[handle(issued)]
    fn on_deposit_made(&mut self, _: &DepositMade, then: &mut Effects<Self>) {
        then.keep();
        then.cancel_timer(Self::OVERDUE);
        then.issue(CompleteTransfer { transfer_id: self.transfer_id });
    }

    #[on_rejected]
    fn on_withdrawal_rejected(&mut self, _: &MakeWithdrawal, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_rejected]
    fn on_deposit_rejected(&mut self, _: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>) {
        then.undo(why.to_string());
    }

    #[on_timeout("overdue")]
    fn on_overdue(&mut self, then: &mut Effects<Self>) {
        self.overdue = true;
        then.undo("The transfer took too long");
    }

    #[undo]
    fn give_back(&mut self, done: &MakeWithdrawal, then: &mut Effects<Self>) {
        then.issue(self.deposit_into(done.account_id));
    }

    #[on_undone]
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.cancel_timer(Self::OVERDUE);
        then.issue(FailTransfer { transfer_id: self.transfer_id, reason: why.to_owned() });
    }

    #[handle(end)]
    fn on_transfer_completed(&mut self, _: &TransferCompleted) {}

    #[handle(end)]
    fn on_transfer_failed(&mut self, _: &TransferFailed) {}

    fn deposit_into(&self, account_id: Id<Account>) -> MakeDeposit {
        MakeDeposit { account_id, amount: self.amount, reference: self.reference() }
    }

    fn reference(&self) -> Option<String> {
        Some(format!("transfer:{}", self.transfer_id))
    }
}
