//! The customers' dashboard: one row per account, folded from its events.

#[cfg(test)]
mod tests;

use fidelis::prelude::*;

use crate::{
    account::{Account, AccountOpened, DepositMade, WithdrawalMade},
    money::Money,
};

/// What the dashboard shows of an account.
#[projection]
pub struct AccountSummary {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// The customer's name.
    pub holder_name: String,
    /// What is in it.
    pub balance: Money,
    /// How often money moved; the opening counts.
    pub transaction_count: i64,
    /// When money last moved.
    pub last_transaction_at: Option<Timestamp>,
}

/// Keeps the dashboard up to date.
#[derive(Default)]
pub struct AccountSummaryProjector;

#[projector(projector_for = AccountSummary, aggregates = [Account])]
impl AccountSummaryProjector {
    #[on]
    fn on_account_opened(&self, event: &AccountOpened, meta: &Metadata) -> AccountSummary {
        AccountSummary {
            account_id: event.account_id,
            account_number: event.account_number.clone(),
            holder_name: event.holder_name.clone(),
            balance: event.opening_deposit,
            transaction_count: 1,
            last_transaction_at: Some(meta.time),
        }
    }

    #[on]
    fn on_deposit_made(&self, summary: &mut AccountSummary, event: &DepositMade, meta: &Metadata) {
        summary.balance += event.amount;
        summary.moved_at(meta.time);
    }

    #[on]
    fn on_withdrawal_made(&self, summary: &mut AccountSummary, event: &WithdrawalMade, meta: &Metadata) {
        summary.balance -= event.amount;
        summary.moved_at(meta.time);
    }
}

impl AccountSummary {
    fn moved_at(&mut self, time: Timestamp) {
        self.transaction_count += 1;
        self.last_transaction_at = Some(time);
    }
}
