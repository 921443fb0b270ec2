//! Compliance: large deposits are looked into.

mod alert;
mod commands;
mod events;
mod handler;
#[cfg(test)]
mod tests;

pub use alert::ComplianceAlertHandler;
pub use commands::{CloseInvestigation, CreateComplianceInvestigation};
pub use events::{InvestigationClosed, InvestigationOpened};
pub use handler::InvestigationCommandHandler;

use fidelis::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{account::Account, money::Money};

/// How far an investigation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InvestigationStatus {
    /// Somebody is to look at it.
    #[default]
    Open,
    /// Somebody has.
    Closed,
}

/// An investigation of one deposit.
///
/// Its state is stored as such, beside its events: nobody asks what an investigation was last week.
#[aggregate]
pub struct Investigation {
    /// The account the deposit went to.
    pub account_id: Id<Account>,
    /// How much it was.
    pub amount: Money,
    /// How far the investigation is.
    pub status: InvestigationStatus,
    /// What was found.
    #[garde(inner(length(chars, min = 1, max = 2_000)))]
    pub finding: Option<String>,
}

#[aggregate]
impl Investigation {
    /// Opens an investigation.
    ///
    /// # Errors
    /// None of its own.
    pub fn open(id: Id<Investigation>, account_id: Id<Account>, amount: Money) -> Result<Investigation, Rejection> {
        let mut investigation = Investigation::new(id);
        investigation.account_id = account_id;
        investigation.amount = amount;
        investigation.raise(InvestigationOpened { investigation_id: id, account_id, amount })?;
        Ok(investigation)
    }

    /// Closes it with a finding.
    ///
    /// # Errors
    /// When it is closed already.
    pub fn close(&mut self, finding: String) -> Result<(), Rejection> {
        ensure!(self.status == InvestigationStatus::Open, status: "Investigation is closed already");
        self.atomically(|investigation| {
            investigation.status = InvestigationStatus::Closed;
            investigation.finding = Some(finding.clone());
            investigation.raise(InvestigationClosed { investigation_id: investigation.id(), finding })
        })
    }

    #[invariant(post)]
    fn closed_investigation_must_have_a_finding(&self) -> Result<(), Rejection> {
        let without = self.status == InvestigationStatus::Closed && self.finding.is_none();
        ensure!(!without, finding: "A closed investigation needs a finding")
    }
}
