//! Commands in the words of the people at the counter.

use fidelis::Handled;
use fidelis_domain::{
    account::{CloseAccount, MakeDeposit, MakeWithdrawal, OpenAccount},
    closure::RequestClosure,
    transfer::InitiateTransfer,
};

/// A command that can be told.
pub(super) trait InWords: Handled {
    /// What is asked for.
    fn in_words(&self) -> String;
}

impl InWords for OpenAccount {
    fn in_words(&self) -> String {
        format!("open {} for {} with {}", self.account_number, self.holder_name, self.opening_deposit)
    }
}

impl InWords for MakeDeposit {
    fn in_words(&self) -> String {
        format!("deposit {}{}", self.amount, reason(self.reference.as_deref()))
    }
}

impl InWords for MakeWithdrawal {
    fn in_words(&self) -> String {
        format!("withdraw {}{}", self.amount, reason(self.reference.as_deref()))
    }
}

impl InWords for CloseAccount {
    fn in_words(&self) -> String {
        format!("close the account{}", reason(self.reason.as_deref()))
    }
}

impl InWords for InitiateTransfer {
    fn in_words(&self) -> String {
        format!("transfer {} from {} to {}", self.amount, self.source_account_id, self.destination_account_id)
    }
}

impl InWords for RequestClosure {
    fn in_words(&self) -> String {
        format!("close {} and pay out to {}", self.account_id, self.pay_out_to)
    }
}

fn reason(text: Option<&str>) -> String {
    text.map(|text| format!(" ({text})")).unwrap_or_default()
}
