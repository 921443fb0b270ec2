//! Which method of the account answers which command.

use fidelis::prelude::*;

use super::{Account, CloseAccount, MakeDeposit, MakeWithdrawal, OpenAccount};

/// Handles every command to accounts.
#[derive(Default)]
pub struct AccountCommandHandler;

#[command_handler(part_of = Account)]
impl AccountCommandHandler {
    #[handle]
    fn open_account(&self, command: OpenAccount, id: Id<Account>) -> Result<Account, Rejection> {
        Account::open(id, command.account_number, command.holder_name, command.opening_deposit)
    }

    #[handle]
    fn make_deposit(&self, command: MakeDeposit, account: &mut Account) -> Result<(), Rejection> {
        account.deposit(command.amount, command.reference)
    }

    #[handle]
    fn make_withdrawal(&self, command: MakeWithdrawal, account: &mut Account) -> Result<(), Rejection> {
        account.withdraw(command.amount, command.reference)
    }

    #[handle]
    fn close_account(&self, command: CloseAccount, account: &mut Account) -> Result<(), Rejection> {
        account.close(command.reason)
    }
}
