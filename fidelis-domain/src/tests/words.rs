//! What happens at the counter, in a word each.

use fidelis::Id;

use crate::{
    account::{
        Account, AccountClosed, AccountOpened, CloseAccount, DepositMade, MakeDeposit, MakeWithdrawal, OpenAccount,
        WithdrawalMade,
    },
    money::Money,
    transfer::InitiateTransfer,
};

/// Open an account.
pub(crate) fn opening(number: &str, holder: &str, opening_deposit: Money) -> OpenAccount {
    OpenAccount { account_number: number.to_owned(), holder_name: holder.to_owned(), opening_deposit }
}

/// Put money in.
pub(crate) fn deposit(account_id: Id<Account>, amount: Money) -> MakeDeposit {
    MakeDeposit { account_id, amount, reference: None }
}

/// Take money out.
pub(crate) fn withdrawal(account_id: Id<Account>, amount: Money) -> MakeWithdrawal {
    MakeWithdrawal { account_id, amount, reference: None }
}

/// Close the account.
pub(crate) fn closing(account_id: Id<Account>) -> CloseAccount {
    CloseAccount { account_id, reason: None }
}

/// The account of Alice Johnson, in tests that are given what has happened to it.
pub(crate) fn alice() -> Id<Account> {
    Id::named("ACC-001")
}

/// Alice Johnson has opened ACC-001.
pub(crate) fn opened(opening_deposit: Money) -> AccountOpened {
    let (account_number, holder_name) = ("ACC-001".to_owned(), "Alice Johnson".to_owned());
    AccountOpened { account_id: alice(), account_number, holder_name, opening_deposit }
}

/// She has put money in.
pub(crate) fn deposited(amount: Money) -> DepositMade {
    DepositMade { account_id: alice(), amount, reference: None }
}

/// She has taken money out.
pub(crate) fn withdrawn(amount: Money) -> WithdrawalMade {
    WithdrawalMade { account_id: alice(), amount, reference: None }
}

/// She has closed it.
pub(crate) fn closed() -> AccountClosed {
    AccountClosed { account_id: alice(), reason: None }
}

/// Move money.
pub(crate) fn transferring(source: Id<Account>, destination: Id<Account>, amount: Money) -> InitiateTransfer {
    InitiateTransfer { source_account_id: source, destination_account_id: destination, amount }
}
