//! The account and its dashboard, as a user of Fidelis writes them.

use fidelis::prelude::*;

fidelis::domain!("fidelis");

/// A customer opened an account.
#[event(part_of = Account)]
pub(crate) struct AccountOpened {
    /// The account.
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
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

/// An account.
#[aggregate(event_sourced)]
pub(crate) struct Account {
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is in it.
    pub balance: Decimal,
    /// Whether it is in use.
    pub active: bool,
}

#[aggregate]
impl Account {
    fn deposit(&mut self, command: MakeDeposit) -> Result<(), Rejection> {
        ensure!(command.amount > Decimal::ZERO, amount: "Deposit amount must be positive");
        let MakeDeposit { account_id, amount, reference } = command;
        self.raise(DepositMade { account_id, amount, reference })
    }

    #[apply]
    fn on_account_opened(&mut self, event: &AccountOpened) {
        self.account_number.clone_from(&event.account_number);
        self.holder_name.clone_from(&event.holder_name);
        self.balance = event.opening_deposit;
        self.active = true;
    }

    #[apply]
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }

    #[invariant(pre)]
    fn account_must_be_active(&self) -> Result<(), Rejection> {
        ensure!(self.active || self.version().is_none(), status: "Account is closed")
    }

    #[invariant(post)]
    fn balance_must_not_be_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= Decimal::ZERO, balance: "Insufficient funds: balance cannot be negative")
    }
}

/// Open an account, under an identity that the caller chose.
#[command(part_of = Account)]
pub(crate) struct OpenAccount {
    /// The account.
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
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
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
}

/// Answers the commands.
#[derive(Default)]
pub(crate) struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    async fn open_account(&self, command: OpenAccount, ctx: &Context) -> Result<(), HandlerError> {
        let OpenAccount { account_id, account_number, holder_name, opening_deposit } = command;
        let mut account = Account::new(account_id);
        account.raise(AccountOpened { account_id, account_number, holder_name, opening_deposit })?;
        ctx.save(account)?;
        Ok(())
    }

    #[handle]
    fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
        account.deposit(command)
    }
}

/// What the dashboard shows of an account.
#[projection]
pub(crate) struct Dashboard {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is in it.
    pub balance: Decimal,
    /// How often money moved.
    pub transaction_count: i64,
    /// When money last moved.
    pub last_transaction_at: Timestamp,
}

/// Keeps the dashboard up to date.
#[derive(Default)]
pub(crate) struct DashboardProjector;

#[projector(projector_for = Dashboard, aggregates = [Account])]
impl DashboardProjector {
    #[on]
    fn on_account_opened(&self, event: &AccountOpened, meta: &Metadata) -> Dashboard {
        Dashboard {
            account_id: event.account_id,
            account_number: event.account_number.clone(),
            holder_name: event.holder_name.clone(),
            balance: event.opening_deposit,
            transaction_count: 1,
            last_transaction_at: meta.time,
        }
    }

    #[on]
    fn on_deposit_made(&self, row: &mut Dashboard, event: &DepositMade, meta: &Metadata) {
        row.balance += event.amount;
        row.transaction_count += 1;
        row.last_transaction_at = meta.time;
    }
}
