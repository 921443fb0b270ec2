//! What has to be done: the deposit, its event, its rules and the dashboard's row, for candidates that bring no types of their own.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest reference a deposit may carry, in characters.
pub const REFERENCE_LIMIT: usize = 200;

/// Asks for a deposit.
#[derive(Clone, Debug)]
pub struct MakeDeposit {
    /// The account it goes to.
    pub account_id: Uuid,
    /// How much.
    pub amount: Decimal,
    /// What for.
    pub reference: Option<String>,
}

/// What happened to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was opened.
    AccountOpened {
        /// The account.
        account_id: Uuid,
        /// Its number.
        account_number: String,
        /// Whose it is.
        holder_name: String,
        /// What it opened with.
        opening_deposit: Decimal,
    },
    /// Money came in.
    DepositMade {
        /// The account.
        account_id: Uuid,
        /// How much.
        amount: Decimal,
        /// What for.
        reference: Option<String>,
    },
}

/// An account: what its events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is on it.
    pub balance: Decimal,
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule(pub &'static str);

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Rule {}

impl Account {
    /// Decides on a deposit.
    ///
    /// # Errors
    /// When a rule refuses it.
    pub fn deposit(&self, command: MakeDeposit) -> Result<Event, Rule> {
        if command.amount <= Decimal::ZERO {
            return Err(Rule("deposit amount must be positive"));
        }
        if command.reference.as_ref().is_some_and(|reference| reference.chars().count() > REFERENCE_LIMIT) {
            return Err(Rule("reference is too long"));
        }
        if self.balance + command.amount < Decimal::ZERO {
            return Err(Rule("balance cannot be negative"));
        }
        Ok(Event::DepositMade { account_id: command.account_id, amount: command.amount, reference: command.reference })
    }

    /// The account after an event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::AccountOpened { account_number, holder_name, opening_deposit, .. } => {
                self.account_number.clone_from(account_number);
                self.holder_name.clone_from(holder_name);
                self.balance = *opening_deposit;
            }
            Event::DepositMade { amount, .. } => self.balance += amount,
        }
    }
}

/// The dashboard's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Its number.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is on it.
    pub balance: Decimal,
    /// How often money moved; the opening counts.
    pub transaction_count: i64,
    /// When money last moved, in microseconds since 1970.
    pub last_transaction_at: i64,
}

impl Dashboard {
    /// The row after an event.
    pub fn apply(&mut self, event: &Event, time: i64) {
        match event {
            Event::AccountOpened { account_number, holder_name, opening_deposit, .. } => {
                self.account_number.clone_from(account_number);
                self.holder_name.clone_from(holder_name);
                self.balance = *opening_deposit;
            }
            Event::DepositMade { amount, .. } => self.balance += amount,
        }
        self.transaction_count += 1;
        self.last_transaction_at = time;
    }
}

/// The identity of an account, by its number from 0.
pub fn account_id(number: u64) -> Uuid {
    Uuid::from_u128((0x0198_0000_0000_7000_8000_u128 << 48) | u128::from(number))
}

/// What an account is opened with.
pub fn opening(number: u64) -> Event {
    Event::AccountOpened {
        account_id: account_id(number),
        account_number: format!("ACC-{number:06}"),
        holder_name: format!("Holder {number}"),
        opening_deposit: Decimal::new(100_000, 2),
    }
}
