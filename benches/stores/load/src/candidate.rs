//! What a candidate has to offer.

use std::fmt;

use rust_decimal::Decimal;

use crate::bank::MakeDeposit;

/// A bank on some store.
pub trait Candidate: Send + Sync + 'static {
    /// Opens the account with this number, from 0, with [`opening`](crate::bank::opening).
    fn open(&self, number: u64) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Makes a deposit: loads the account, decides, appends, brings the dashboard's row up to date. When it returns, all of that is
    /// as durable as the store was asked to be.
    fn deposit(&self, command: MakeDeposit) -> impl Future<Output = Result<(), Refused>> + Send;

    /// What the dashboard says of all accounts together.
    fn totals(&self) -> impl Future<Output = Result<Totals, Fault>> + Send;
}

/// What a dashboard says of all accounts together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows.
    pub accounts: u64,
    /// Money.
    pub balance: Decimal,
    /// How often it moved.
    pub transactions: i64,
}

/// Why a deposit was not made.
#[derive(Debug)]
pub enum Refused {
    /// Somebody else wrote in between: it is tried again, and counted.
    Conflict,
    /// Anything else: the measurement is void.
    Fault(Fault),
}

/// What went wrong, for the person who reads it.
#[derive(Debug)]
pub struct Fault(pub String);

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        let causes = std::iter::successors(error.source(), |error| error.source());
        Fault(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
    }
}

impl<E: std::error::Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused::Fault(error.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
