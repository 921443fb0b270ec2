//! Accounts and deposits to work with: made up, the same in every run but for identities, prepared outside the clock.

use crate::{
    bank::{MakeDeposit, OpenAccount},
    candidate::{Candidate, Row},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What every account opens with: 100.00.
const OPENING_DEPOSIT: Decimal = Decimal::from_parts(10_000, 0, 0, false, 2);

/// Opens accounts with a candidate and gives their identities.
///
/// # Panics
/// When the candidate refuses.
pub fn open(candidate: &mut dyn Candidate, count: usize) -> Vec<Uuid> {
    let account = |index| OpenAccount {
        account_number: format!("ACC-{index:06}"),
        holder_name: format!("Alice Johnson {index}"),
        opening_deposit: OPENING_DEPOSIT,
    };
    (0..count).map(|index| candidate.open(account(index)).expect("an account can be opened")).collect()
}

/// `count` deposits into accounts chosen by chance.
pub fn scattered(accounts: &[Uuid], count: usize) -> Vec<MakeDeposit> {
    let mut random = SmallRng::seed_from_u64(2);
    (0..count).map(|_| deposit(accounts[random.random_range(0..accounts.len())], &mut random)).collect()
}

/// `each` deposits into every account, one account after the other and round again.
pub fn round_robin(accounts: &[Uuid], each: usize) -> Vec<MakeDeposit> {
    let mut random = SmallRng::seed_from_u64(3);
    (0..each).flat_map(|_| accounts).map(|&account_id| deposit(account_id, &mut random)).collect()
}

fn deposit(account_id: Uuid, random: &mut SmallRng) -> MakeDeposit {
    let amount = Decimal::new(random.random_range(1..100_000), 2);
    let reference = Some(format!("Invoice {}, with thanks", random.random_range(1_000_000..9_999_999)));
    MakeDeposit { account_id, amount, reference }
}

/// What an account's row must say after `deposits`.
pub fn expected_row<'a>(deposits: impl IntoIterator<Item = &'a MakeDeposit>) -> Row {
    let opened = Row { balance: OPENING_DEPOSIT, transaction_count: 1 };
    deposits
        .into_iter()
        .fold(opened, |row, deposit| Row { balance: row.balance + deposit.amount, transaction_count: row.transaction_count + 1 })
}
