//! What everybody who does the bank's work looks like to the driver.

use crate::bank::{MakeDeposit, OpenAccount, Refused};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A bank in memory: a log of events, and a dashboard that has caught up when a call returns.
pub trait Candidate {
    /// Opens an account and gives its identity.
    ///
    /// # Errors
    /// When something broke.
    fn open(&mut self, command: OpenAccount) -> Result<Uuid, Refused>;

    /// Deposits into an account: validate, load, decide, check the rule, append, update the dashboard.
    ///
    /// # Errors
    /// When a rule refuses it, or something broke.
    fn deposit(&mut self, command: MakeDeposit) -> Result<(), Refused>;

    /// Makes an open account's history longer, by the fastest way the candidate's public interface offers.
    ///
    /// # Errors
    /// As [`deposit`](Candidate::deposit).
    fn lengthen(&mut self, deposits: Vec<MakeDeposit>) -> Result<(), Refused> {
        deposits.into_iter().try_for_each(|deposit| self.deposit(deposit))
    }

    /// The account's row on the dashboard.
    fn dashboard(&self, account_id: Uuid) -> Option<Row>;

    /// The balance after loading the account from everything that is stored of it, past caches and snapshots;
    /// `None` when the candidate cannot.
    fn replay(&self, account_id: Uuid) -> Option<Decimal>;
}

/// What the driver compares of a dashboard's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is on the account.
    pub balance: Decimal,
    /// How often money moved; the opening counts.
    pub transaction_count: u64,
}
