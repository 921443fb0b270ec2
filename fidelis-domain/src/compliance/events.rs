//! What happens to an investigation.

use fidelis::prelude::*;

use super::Investigation;
use crate::{account::Account, money::Money};

/// A deposit is to be looked into.
#[event(part_of = Investigation)]
pub struct InvestigationOpened {
    /// The investigation.
    pub investigation_id: Id<Investigation>,
    /// The account the deposit went to.
    pub account_id: Id<Account>,
    /// How much it was.
    pub amount: Money,
}

/// It was looked into.
#[event(part_of = Investigation)]
pub struct InvestigationClosed {
    /// The investigation.
    pub investigation_id: Id<Investigation>,
    /// What was found.
    pub finding: String,
}
