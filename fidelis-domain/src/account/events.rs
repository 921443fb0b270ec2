//! What happens to an account. The names are how the log knows these events: they are not changed.

use fidelis::prelude::*;

use super::Account;
use crate::money::Money;

/// A customer opened an account.
#[event(part_of = Account)]
pub struct AccountOpened {
    /// The account.
    pub account_id: Id<Account>,
    /// Its number.
    pub account_number: String,
    /// The customer's name.
    pub holder_name: String,
    /// The first deposit.
    pub opening_deposit: Money,
}

/// Money came in.
#[event(part_of = Account)]
pub struct DepositMade {
    /// The account.
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// What for.
    pub reference: Option<String>,
}

/// Money went out.
#[event(part_of = Account)]
pub struct WithdrawalMade {
    /// The account.
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// What for.
    pub reference: Option<String>,
}

/// The account was closed.
#[event(part_of = Account)]
pub struct AccountClosed {
    /// The account.
    pub account_id: Id<Account>,
    /// Why.
    pub reason: Option<String>,
}
