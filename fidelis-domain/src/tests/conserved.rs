//! Money is conserved: what leaves an account for another one is under way until it arrives or comes back.

use std::collections::BTreeMap;

use fidelis::{Event, Recorded};

use crate::{
    account::{AccountOpened, DepositMade, WithdrawalMade},
    money::Money,
};

/// What a process has taken out of accounts and not put into others, by the reference on the statements.
pub(crate) type UnderWay = BTreeMap<String, Money>;

/// Looks at every position of the log, and gives what is under way at its end. At each of them, a process has under way nothing or
/// what it took out, and what is in the accounts and under way is what people brought.
pub(crate) fn conserved(log: &[impl AsRef<Recorded>]) -> UnderWay {
    let (mut in_accounts, mut brought) = (Money::ZERO, Money::ZERO);
    let (mut taken, mut under_way) = (UnderWay::new(), UnderWay::new());
    for record in log.iter().map(AsRef::as_ref) {
        let (amount, reference) = if let Some(event) = read::<AccountOpened>(record) {
            (event.opening_deposit, None)
        } else if let Some(event) = read::<DepositMade>(record) {
            (event.amount, event.reference)
        } else if let Some(event) = read::<WithdrawalMade>(record) {
            (Money::ZERO - event.amount, event.reference)
        } else {
            continue;
        };
        in_accounts += amount;
        match reference.filter(|_| record.metadata.origin.process.is_some()) {
            Some(reference) => {
                let taken = taken.entry(reference.clone()).or_insert(Money::ZERO - amount);
                let under_way = under_way.entry(reference).or_default();
                *under_way -= amount;
                assert!(
                    [Money::ZERO, *taken].contains(under_way),
                    "{under_way} under way at {}",
                    record.metadata.global_position
                );
            }
            None => brought += amount,
        }
        let sum: Money = under_way.values().copied().sum();
        assert_eq!(in_accounts + sum, brought, "at position {}", record.metadata.global_position);
    }
    under_way
}

fn read<E: Event>(record: &Recorded) -> Option<E> {
    let name = format!("Fidelis.{}.v{}", E::NAME, E::VERSION);
    (record.metadata.type_name.as_str() == name).then(|| record.decode().unwrap())
}
