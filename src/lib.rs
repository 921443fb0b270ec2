//! Event-sourced, domain-driven applications: annotated structs, generated dispatch, one log, tests that read like the rule.
//!
//! This crate is what applications use: the attributes of `fidelis-macros`, everything of `fidelis-core`, and a [`prelude`] for
//! domain code.
//!
//! ```
//! use fidelis::prelude::*;
//!
//! #[event(part_of = Account)]
//! pub struct DepositMade {
//!     pub account_id: Id<Account>,
//!     pub amount: i64,
//! }
//!
//! #[aggregate(event_sourced)]
//! pub struct Account {
//!     pub balance: i64,
//! }
//!
//! #[aggregate]
//! impl Account {
//!     pub fn deposit(&mut self, amount: i64) -> Result<(), Rejection> {
//!         ensure!(amount > 0, amount: "Deposit amount must be positive");
//!         self.raise(DepositMade { account_id: self.id(), amount })
//!     }
//!
//!     #[apply]
//!     fn on_deposit_made(&mut self, event: &DepositMade) {
//!         self.balance += event.amount;
//!     }
//! }
//!
//! let mut account = Account::new(Id::named("ACC-001"));
//! account.deposit(100)?;
//! assert_eq!(account.balance, 100);
//! # Ok::<(), Rejection>(())
//! ```

pub use fidelis_core::*;
pub use fidelis_macros::*;

pub mod prelude;
