//! The closure: what is done when a customer wants to leave and there is still money in the account.

mod commands;
mod events;
mod handler;
mod process;
#[cfg(test)]
mod tests;

pub use commands::{AbandonClosure, CompleteClosure, RequestClosure};
pub use events::{ClosureAbandoned, ClosureCompleted, ClosureRequested};
pub use handler::ClosureCommandHandler;
pub use process::AccountClosing;

use fidelis::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{account::Account, money::Money};

/// How far a closure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ClosureStatus {
    /// The money is being paid out.
    #[default]
    Requested,
    /// The account is closed.
    Completed,
    /// The account stays open.
    Abandoned,
}

/// The closure of one account: a customer may ask for several, one after the other.
#[aggregate(event_sourced)]
pub struct Closure {
    /// The account to be closed.
    pub account_id: Id<Account>,
    /// The account that gets the money.
    pub pay_out_to: Id<Account>,
    /// How far it is.
    pub status: ClosureStatus,
    /// Why it was abandoned, if it was.
    pub reason: Option<String>,
}

#[aggregate]
impl Closure {
    /// Asks for an account to be closed and what is in it to be paid out; the accounts are not touched yet.
    ///
    /// # Errors
    /// A pay-out to the account itself.
    pub fn request(
        id: Id<Closure>,
        account_id: Id<Account>,
        pay_out_to: Id<Account>,
        balance: Money,
    ) -> Result<Closure, Rejection> {
        ensure!(account_id != pay_out_to, pay_out_to: "Cannot pay out to the account that is closed");
        let mut closure = Closure::new(id);
        closure.raise(ClosureRequested { closure_id: id, account_id, pay_out_to, balance })?;
        Ok(closure)
    }

    /// The account is closed.
    ///
    /// # Errors
    /// When the closure has ended before.
    pub fn complete(&mut self) -> Result<(), Rejection> {
        self.raise(ClosureCompleted { closure_id: self.id() })
    }

    /// The account stays open, and the money is where it was before.
    ///
    /// # Errors
    /// When the closure has ended before.
    pub fn abandon(&mut self, reason: String) -> Result<(), Rejection> {
        self.raise(ClosureAbandoned { closure_id: self.id(), reason })
    }

    #[apply]
    fn on_closure_requested(&mut self, event: &ClosureRequested) {
        self.account_id = event.account_id;
        self.pay_out_to = event.pay_out_to;
    }

    #[apply]
    fn on_closure_completed(&mut self, _: &ClosureCompleted) {
        self.status = ClosureStatus::Completed;
    }

    #[apply]
    fn on_closure_abandoned(&mut self, event: &ClosureAbandoned) {
        self.status = ClosureStatus::Abandoned;
        self.reason = Some(event.reason.clone());
    }

    /// A closure ends once.
    #[invariant(pre)]
    fn closure_must_not_have_ended(&self) -> Result<(), Rejection> {
        ensure!(self.status == ClosureStatus::Requested, status: "Closure has ended already")
    }
}
