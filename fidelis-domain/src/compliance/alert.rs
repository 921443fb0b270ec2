//! What makes compliance look: the account knows nothing of it.

use std::sync::Arc;

use fidelis::prelude::*;

use super::CreateComplianceInvestigation;
use crate::{
    account::{Account, DepositMade},
    money::{Money, dollars},
    notices::{LogPost, Notice, Post},
};

/// Deposits from here on are looked into.
fn large_deposit() -> Money {
    dollars(10_000)
}

/// Opens an investigation for every large deposit, and tells the compliance officers.
pub struct ComplianceAlertHandler {
    post: Arc<dyn Post>,
}

impl ComplianceAlertHandler {
    /// A handler whose alerts leave by this post.
    pub fn new(post: Arc<dyn Post>) -> Self {
        ComplianceAlertHandler { post }
    }
}

/// Alerts go to the program's log.
impl Default for ComplianceAlertHandler {
    fn default() -> Self {
        ComplianceAlertHandler::new(Arc::new(LogPost))
    }
}

#[event_handler(part_of = Account)]
impl ComplianceAlertHandler {
    #[handle]
    async fn on_large_deposit(&self, event: &DepositMade, ctx: &Context) -> Result<(), HandlerError> {
        if event.amount < large_deposit() {
            return Ok(());
        }
        ctx.process(CreateComplianceInvestigation { account_id: event.account_id, amount: event.amount }).await?;
        let text = format!("{} was paid into account {}.", event.amount, event.account_id);
        self.post.send(Notice { subject: "large deposit", account_id: event.account_id, text })?;
        Ok(())
    }
}
