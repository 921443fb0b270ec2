//! What has to be done: the commands, events, rules and the read model that every candidate shares.
//!
//! Shapes and limits are those of the bank that ships with the framework. An amount is an exact decimal and stands in JSON
//! as a string.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;
use uuid::Uuid;

/// The longest reference a deposit may carry, in characters.
pub const REFERENCE_LIMIT: usize = 200;

/// Asks for a new account.
#[derive(Clone, Debug)]
pub struct OpenAccount {
    /// The number printed on statements.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What it opens with.
    pub opening_deposit: Decimal,
}

/// Asks for a deposit.
#[derive(Clone, Debug)]
pub struct MakeDeposit {
    /// The account it goes to.
    pub account_id: Uuid,
    /// How much.
    pub amount: Decimal,
    /// What for, in the depositor's words.
    pub reference: Option<String>,
}

impl MakeDeposit {
    /// What can be said of a deposit without looking at the account.
    ///
    /// # Errors
    /// When the amount is not positive or the reference too long.
    pub fn validate(&self) -> Result<(), Refused> {
        if self.amount <= Decimal::ZERO {
            return Err(Refused::AmountNotPositive);
        }
        if self.reference.as_ref().is_some_and(|reference| reference.chars().count() > REFERENCE_LIMIT) {
            return Err(Refused::ReferenceTooLong);
        }
        Ok(())
    }
}

/// An account was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// The new account.
    pub account_id: Uuid,
    /// The number printed on statements.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What it opened with.
    pub opening_deposit: Decimal,
}

/// Money was deposited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositMade {
    /// The account it went to.
    pub account_id: Uuid,
    /// How much.
    pub amount: Decimal,
    /// What for, in the depositor's words.
    pub reference: Option<String>,
}

/// An account as the rules see it: what its events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its identity.
    pub account_id: Uuid,
    /// The number printed on statements.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is on it.
    pub balance: Decimal,
    /// Whether it takes part in anything.
    pub status: Status,
}

/// Whether an account takes part in anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It does.
    #[default]
    Active,
    /// It does not, for good.
    Closed,
}

impl Account {
    /// A new account.
    pub fn opened(event: &AccountOpened) -> Self {
        Account {
            account_id: event.account_id,
            account_number: event.account_number.clone(),
            holder_name: event.holder_name.clone(),
            balance: event.opening_deposit,
            status: Status::Active,
        }
    }

    /// Decides on a deposit, and holds the balance it would lead to against the rule.
    ///
    /// # Errors
    /// When the account is closed, or the balance would not be one.
    pub fn deposit(&self, command: MakeDeposit) -> Result<DepositMade, Refused> {
        if self.status == Status::Closed {
            return Err(Refused::AccountClosed);
        }
        if self.balance + command.amount < Decimal::ZERO {
            return Err(Refused::Overdrawn);
        }
        Ok(DepositMade { account_id: command.account_id, amount: command.amount, reference: command.reference })
    }

    /// The account after a deposit.
    pub fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }
}

/// The read model: an account as its holder sees it on the dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    /// The number printed on statements.
    pub account_number: String,
    /// Whose it is.
    pub holder_name: String,
    /// What is on it.
    pub balance: Decimal,
    /// How often money moved; the opening counts.
    pub transaction_count: u64,
    /// When money last moved.
    pub last_transaction_at: SystemTime,
}

impl Dashboard {
    /// The row of a new account.
    pub fn opened(event: &AccountOpened, time: SystemTime) -> Self {
        Dashboard {
            account_number: event.account_number.clone(),
            holder_name: event.holder_name.clone(),
            balance: event.opening_deposit,
            transaction_count: 1,
            last_transaction_at: time,
        }
    }

    /// The row after a deposit.
    pub fn on_deposit_made(&mut self, event: &DepositMade, time: SystemTime) {
        self.balance += event.amount;
        self.transaction_count += 1;
        self.last_transaction_at = time;
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The amount is zero or less.
    #[error("deposit amount must be positive")]
    AmountNotPositive,
    /// The reference has more than [`REFERENCE_LIMIT`] characters.
    #[error("reference is longer than {REFERENCE_LIMIT} characters")]
    ReferenceTooLong,
    /// The account is closed.
    #[error("account is closed")]
    AccountClosed,
    /// The balance would be negative.
    #[error("balance cannot be negative")]
    Overdrawn,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchAccount,
    /// Somebody else wrote in between.
    #[error("the stream is not at the expected version")]
    Conflict,
    /// It broke on the way.
    #[error("{0}")]
    Fault(String),
}
