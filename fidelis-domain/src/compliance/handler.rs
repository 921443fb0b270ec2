//! Which method of the investigation answers which command.

use fidelis::prelude::*;

use super::{CloseInvestigation, CreateComplianceInvestigation, Investigation};

/// Handles every command to investigations.
#[derive(Default)]
pub struct InvestigationCommandHandler;

#[command_handler(part_of = Investigation)]
impl InvestigationCommandHandler {
    #[handle]
    fn create_compliance_investigation(
        &self,
        command: CreateComplianceInvestigation,
        id: Id<Investigation>,
    ) -> Result<Investigation, Rejection> {
        Investigation::open(id, command.account_id, command.amount)
    }

    #[handle]
    fn close_investigation(&self, command: CloseInvestigation, investigation: &mut Investigation) -> Result<(), Rejection> {
        investigation.close(command.finding)
    }
}
