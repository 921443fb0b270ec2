//! What happens to a closure.

use fidelis::prelude::*;

use super::Closure;
use crate::{account::Account, money::Money};

/// A customer wants to leave.
#[event(part_of = Closure)]
pub struct ClosureRequested {
    /// The closure.
    pub closure_id: Id<Closure>,
    /// The account to be closed.
    pub account_id: Id<Account>,
    /// The account that gets the money.
    pub pay_out_to: Id<Account>,
    /// What was in the account.
    pub balance: Money,
}

/// The account is closed, and what was in it is paid out.
#[event(part_of = Closure)]
pub struct ClosureCompleted {
    /// The closure.
    pub closure_id: Id<Closure>,
}

/// The account stays open, and the money is where it was before.
#[event(part_of = Closure)]
pub struct ClosureAbandoned {
    /// The closure.
    pub closure_id: Id<Closure>,
    /// Why.
    pub reason: String,
}
