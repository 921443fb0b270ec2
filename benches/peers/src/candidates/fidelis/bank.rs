//! The account and its dashboard, as a user of Fidelis writes them.

use ::fidelis::prelude::*;

fidelis::domain!("fidelis");

#[event(part_of = Account)]
pub struct AccountOpened {
    pub account_id: Id<Account>,
    pub account_number: String,
    pub holder_name: String,
    pub opening_deposit: Decimal,
}

#[event(part_of = Account)]
pub struct DepositMade {
    pub account_id: Id<Account>,
    pub amount: Decimal,
    pub reference: Option<String>,
}

#[aggregate(event_sourced)]
pub struct Account {
    pub account_number: String,
    pub holder_name: String,
    pub balance: Decimal,
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

#[command(part_of = Account)]
pub struct OpenAccount {
    pub account_number: String,
    pub holder_name: String,
    pub opening_deposit: Decimal,
}

#[command(part_of = Account)]
pub struct MakeDeposit {
    #[identifier]
    pub account_id: Id<Account>,
    pub amount: Decimal,
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
}

/// For building long histories outside the clock.
#[command(part_of = Account)]
pub struct MakeManyDeposits {
    #[identifier]
    pub account_id: Id<Account>,
    pub deposits: Vec<MakeDeposit>,
}

#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
        let OpenAccount { account_number, holder_name, opening_deposit } = command;
        let mut account = Account::new(id);
        account.raise(AccountOpened { account_id: id, account_number, holder_name, opening_deposit })?;
        Ok(account)
    }

    #[handle]
    fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
        account.deposit(command)
    }

    #[handle]
    fn make_many_deposits(&self, command: MakeManyDeposits, account: &mut Account) -> Result<(), Rejection> {
        command.deposits.into_iter().try_for_each(|deposit| account.deposit(deposit))
    }
}

#[projection]
pub struct Dashboard {
    #[identifier]
    pub account_id: Id<Account>,
    pub account_number: String,
    pub holder_name: String,
    pub balance: Decimal,
    pub transaction_count: i64,
    pub last_transaction_at: Timestamp,
}

#[derive(Default)]
pub struct DashboardProjector;

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
