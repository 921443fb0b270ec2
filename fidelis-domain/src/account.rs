//! The account: what its owner can do with it, and the rules it keeps.

mod commands;
mod events;
mod handler;
#[cfg(test)]
mod tests;

pub use commands::{CloseAccount, MakeDeposit, MakeWithdrawal, OpenAccount};
pub use events::{AccountClosed, AccountOpened, DepositMade, WithdrawalMade};
pub use handler::AccountCommandHandler;

use fidelis::prelude::*;
use serde::{Deserialize, Serialize};

use crate::money::Money;

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Column)]
#[serde(rename_all = "UPPERCASE")]
pub enum AccountStatus {
    /// Money goes in and out.
    #[default]
    Active,
    /// For ever.
    Closed,
}

/// An account of one customer.
#[aggregate(event_sourced, fact_events)]
pub struct Account {
    /// The number the customer knows, such as `ACC-001`.
    #[garde(length(chars, max = 20))]
    pub account_number: String,
    /// The customer's name.
    #[garde(length(chars, max = 100))]
    pub holder_name: String,
    /// What is in it.
    pub balance: Money,
    /// Whether it is in use.
    pub status: AccountStatus,
}

#[aggregate]
impl Account {
    /// Opens an account with a first deposit.
    ///
    /// # Errors
    /// A negative deposit.
    pub fn open(
        id: Id<Account>,
        account_number: String,
        holder_name: String,
        opening_deposit: Money,
    ) -> Result<Account, Rejection> {
        ensure!(opening_deposit >= Money::ZERO, opening_deposit: "Opening deposit cannot be negative");
        let mut account = Account::new(id);
        account.raise(AccountOpened { account_id: id, account_number, holder_name, opening_deposit })?;
        Ok(account)
    }

    /// Puts money in.
    ///
    /// # Errors
    /// Nothing or less; a closed account.
    pub fn deposit(&mut self, amount: Money, reference: Option<String>) -> Result<(), Rejection> {
        ensure!(amount > Money::ZERO, amount: "Deposit amount must be positive");
        self.raise(DepositMade { account_id: self.id(), amount, reference })
    }

    /// Takes money out.
    ///
    /// # Errors
    /// Nothing or less; more than there is; a closed account.
    pub fn withdraw(&mut self, amount: Money, reference: Option<String>) -> Result<(), Rejection> {
        ensure!(amount > Money::ZERO, amount: "Withdrawal amount must be positive");
        self.raise(WithdrawalMade { account_id: self.id(), amount, reference })
    }

    /// Closes the account.
    ///
    /// # Errors
    /// While there is money in it; a second time.
    pub fn close(&mut self, reason: Option<String>) -> Result<(), Rejection> {
        self.raise(AccountClosed { account_id: self.id(), reason })
    }

    #[apply]
    fn on_account_opened(&mut self, event: &AccountOpened) {
        self.account_number.clone_from(&event.account_number);
        self.holder_name.clone_from(&event.holder_name);
        self.balance = event.opening_deposit;
        self.status = AccountStatus::Active;
    }

    #[apply]
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }

    #[apply]
    fn on_withdrawal_made(&mut self, event: &WithdrawalMade) {
        self.balance -= event.amount;
    }

    #[apply]
    fn on_account_closed(&mut self, _: &AccountClosed) {
        self.status = AccountStatus::Closed;
    }

    /// Nothing happens to a closed account any more.
    #[invariant(pre)]
    fn account_must_be_open(&self) -> Result<(), Rejection> {
        ensure!(self.status != AccountStatus::Closed, status: "Account is closed")
    }

    #[invariant(post)]
    fn balance_must_not_be_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= Money::ZERO, balance: "Insufficient funds: balance cannot be negative")
    }

    #[invariant(post)]
    fn balance_must_be_in_range(&self) -> Result<(), Rejection> {
        ensure!(self.balance.is_in_range(), balance: "Balance is beyond what an account can hold")
    }

    #[invariant(post)]
    fn closed_account_must_have_zero_balance(&self) -> Result<(), Rejection> {
        let closed_with_money = self.status == AccountStatus::Closed && self.balance != Money::ZERO;
        ensure!(!closed_with_money, status: "Cannot close account with non-zero balance")
    }
}
