//! What can be asked of a closure.

use fidelis::prelude::*;

use super::Closure;
use crate::account::Account;

/// Close an account, whatever is in it.
#[command(part_of = Closure)]
pub struct RequestClosure {
    /// The account.
    pub account_id: Id<Account>,
    /// The account that gets the money.
    pub pay_out_to: Id<Account>,
}

/// Note that the account is closed.
#[command(part_of = Closure)]
pub struct CompleteClosure {
    /// The closure.
    #[identifier]
    pub closure_id: Id<Closure>,
}

/// Note that the account stays open.
#[command(part_of = Closure)]
pub struct AbandonClosure {
    /// The closure.
    #[identifier]
    pub closure_id: Id<Closure>,
    /// Why.
    pub reason: String,
}
