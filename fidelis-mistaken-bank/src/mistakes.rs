//! The mistakes, and where they are in the bank's source. Read by the build script, too.

/// A mistake of the bank's own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mistake {
    /// What has arrived may still be taken back.
    DoesNotKeep,
    /// What is refused where it was to go is not given back.
    GivesNothingBack,
    /// It is given back to the one it was for.
    GivesBackToTheWrongOne,
    /// When the time is over it is given back at once, while it may be on its way.
    GivesBackAtOnce,
    /// It is paid in twice.
    PaysTwice,
    /// A transfer that is refused is never noted as failed.
    ForgetsToFail,
}

/// Where a mistake is: instead of what is right, something else is done.
#[allow(dead_code, reason = "the build script reads all of it")]
pub(crate) struct Place {
    pub(crate) mistake: Mistake,
    pub(crate) file: &'static str,
    /// Stands there once.
    pub(crate) right: &'static str,
    /// Nothing: it is left out.
    pub(crate) wrong: &'static str,
}

pub(crate) const ALL: &[Place] = &[
    Place { mistake: Mistake::DoesNotKeep, file: "transfer/process.rs", right: "then.keep();", wrong: "" },
    Place {
        mistake: Mistake::GivesNothingBack,
        file: "transfer/process.rs",
        right: "then.issue(self.deposit_into(done.account_id));",
        wrong: "",
    },
    Place {
        mistake: Mistake::GivesBackToTheWrongOne,
        file: "transfer/process.rs",
        right: "self.deposit_into(done.account_id)",
        wrong: "self.deposit_into(self.destination_account_id)",
    },
    Place {
        mistake: Mistake::GivesBackAtOnce,
        file: "transfer/process.rs",
        right: "then.undo(\"The transfer took too long\");",
        wrong: "then.issue(self.deposit_into(self.source_account_id)); \
                then.issue(FailTransfer { transfer_id: self.transfer_id, reason: \"The transfer took too long\".to_owned() });",
    },
    Place {
        mistake: Mistake::PaysTwice,
        file: "transfer/process.rs",
        right: "then.issue(self.deposit_into(self.destination_account_id));",
        wrong: "then.issue(self.deposit_into(self.destination_account_id)); \
                then.issue(self.deposit_into(self.destination_account_id));",
    },
    Place {
        mistake: Mistake::ForgetsToFail,
        file: "transfer/process.rs",
        right: "then.issue(FailTransfer { transfer_id: self.transfer_id, reason: why.to_owned() });",
        wrong: "",
    },
];
