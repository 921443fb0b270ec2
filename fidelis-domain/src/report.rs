//! The regulator's report: one row per account, taken whole from its facts.

#[cfg(test)]
mod tests;

use fidelis::prelude::*;

use crate::{
    account::{Account, AccountFactEvent, AccountStatus},
    money::Money,
};

/// What the report says of an account.
#[projection]
pub struct AccountReport {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// The customer's name.
    pub holder_name: String,
    /// What is in it.
    pub balance: Money,
    /// Whether it is in use.
    pub status: AccountStatus,
    /// When it last changed.
    pub last_updated: Timestamp,
}

/// Keeps the report up to date: every fact is the whole row.
#[derive(Default)]
pub struct AccountReportProjector;

#[projector(projector_for = AccountReport, aggregates = [Account])]
impl AccountReportProjector {
    #[on]
    fn on_account_fact(&self, fact: &AccountFactEvent, meta: &Metadata) -> AccountReport {
        AccountReport {
            account_id: fact.id,
            account_number: fact.account_number.clone(),
            holder_name: fact.holder_name.clone(),
            balance: fact.balance,
            status: fact.status,
            last_updated: meta.time,
        }
    }
}
