//! What can be asked of an account.

use fidelis::prelude::*;

use super::Account;
use crate::money::Money;

/// Open an account.
#[command(part_of = Account)]
pub struct OpenAccount {
    /// Its number.
    #[garde(length(chars, min = 1, max = 20))]
    pub account_number: String,
    /// The customer's name.
    #[garde(length(chars, min = 1, max = 100))]
    pub holder_name: String,
    /// The first deposit; may be nothing.
    pub opening_deposit: Money,
}

/// Put money in.
#[command(part_of = Account)]
pub struct MakeDeposit {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// What for.
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
}

/// Take money out.
#[command(part_of = Account)]
pub struct MakeWithdrawal {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// How much.
    pub amount: Money,
    /// What for.
    #[garde(inner(length(chars, max = 200)))]
    pub reference: Option<String>,
}

/// Close the account.
#[command(part_of = Account)]
pub struct CloseAccount {
    /// The account.
    #[identifier]
    pub account_id: Id<Account>,
    /// Why.
    #[garde(inner(length(chars, max = 200)))]
    pub reason: Option<String>,
}
