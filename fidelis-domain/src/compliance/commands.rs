//! What can be asked of compliance.

use fidelis::prelude::*;

use super::Investigation;
use crate::{account::Account, money::Money};

/// Look into a deposit.
#[command(part_of = Investigation)]
pub struct CreateComplianceInvestigation {
    /// The account it went to.
    pub account_id: Id<Account>,
    /// How much it was.
    pub amount: Money,
}

/// Say what was found.
#[command(part_of = Investigation)]
pub struct CloseInvestigation {
    /// The investigation.
    #[identifier]
    pub investigation_id: Id<Investigation>,
    /// What was found.
    #[garde(length(chars, min = 1, max = 2_000))]
    pub finding: String,
}
