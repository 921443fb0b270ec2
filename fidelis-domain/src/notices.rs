//! Notices to people: what leaves the bank when something happened.

mod post;
#[cfg(test)]
mod tests;

pub use post::{LogPost, Notice, Outbox, Post};

use std::sync::Arc;

use fidelis::prelude::*;

use crate::{
    account::{Account, AccountOpened, WithdrawalMade},
    money::{Money, dollars},
};

/// Withdrawals from here on are worth a notice.
fn large_withdrawal() -> Money {
    dollars(5_000)
}

/// Tells customers what happened to their accounts.
pub struct NotificationHandler {
    post: Arc<dyn Post>,
}

impl NotificationHandler {
    /// A handler whose notices leave by this post.
    pub fn new(post: Arc<dyn Post>) -> Self {
        NotificationHandler { post }
    }
}

/// Notices go to the program's log.
impl Default for NotificationHandler {
    fn default() -> Self {
        NotificationHandler::new(Arc::new(LogPost))
    }
}

#[event_handler(part_of = Account)]
impl NotificationHandler {
    #[handle]
    fn on_account_opened(&self, event: &AccountOpened) -> Result<(), HandlerError> {
        let text = format!("Welcome, {}! Your account {} is now active.", event.holder_name, event.account_number);
        self.post.send(Notice { subject: "welcome", account_id: event.account_id, text })?;
        Ok(())
    }

    #[handle]
    fn on_withdrawal_made(&self, event: &WithdrawalMade) -> Result<(), HandlerError> {
        if event.amount >= large_withdrawal() {
            let text = format!("{} was withdrawn from account {}.", event.amount, event.account_id);
            self.post.send(Notice { subject: "large withdrawal", account_id: event.account_id, text })?;
        }
        Ok(())
    }
}
