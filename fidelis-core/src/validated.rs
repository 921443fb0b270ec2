//! Rules on single fields, checked by the validation library before a command is dispatched or an event raised.

use crate::Rejection;

/// Checks the field rules of a command, an event or a state. The attributes implement it from `#[garde(..)]`.
///
/// ```
/// # use fidelis::prelude::*;
/// # #[aggregate(event_sourced)] pub struct Account { pub balance: i64 }
/// # #[aggregate] impl Account { #[apply] fn on_account_opened(&mut self, _: &AccountOpened) {} }
/// #[event(part_of = Account)]
/// pub struct AccountOpened {
///     #[garde(length(chars, max = 20))]
///     pub account_number: String,
/// }
/// let refused = AccountOpened { account_number: "9".repeat(21) }.validate().unwrap_err();
/// assert!(refused.says("account_number", "length is greater than 20"));
/// ```
pub trait Validated {
    /// Checks every field rule.
    ///
    /// # Errors
    /// All fields that break a rule, with their messages.
    fn validate(&self) -> Result<(), Rejection> {
        Ok(())
    }
}

/// Runs the checks that `#[garde(..)]` describes and words them as a refusal.
///
/// # Errors
/// All fields that break a rule; nested ones by their path, such as `address.street`.
pub fn validate_fields<T: garde::Validate<Context = ()>>(value: &T) -> Result<(), Rejection> {
    let Err(report) = value.validate() else {
        return Ok(());
    };
    Rejection::collect(report.iter().map(|(path, error)| Err(Rejection::new(path.to_string(), error.to_string()))))
}
