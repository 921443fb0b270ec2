//! The history: accounts that are opened, then deposits in turn, and one more account with 10,000 events.

use load::bank::{Event, account_id, opening};
use rust_decimal::Decimal;

/// How many accounts there are besides the one with the long stream.
pub(super) const ACCOUNTS: u64 = 10_000;

/// The number of the account with the long stream, and how many events it has.
pub(super) const LONG: (u64, u64) = (ACCOUNTS, 10_000);

/// Rounds of one event for each account, `events` of them in all, each with the account's number and its position in the stream.
pub(super) fn rounds(events: usize) -> impl Iterator<Item = impl Iterator<Item = (u64, u64, Event)>> {
    let rounds = (events as u64).div_ceil(ACCOUNTS);
    (0..rounds).map(|position| (0..ACCOUNTS).map(move |number| (number, position, event(number, position))))
}

/// The events of the long stream.
pub(super) fn long() -> impl Iterator<Item = (u64, u64, Event)> {
    (0..LONG.1).map(|position| (LONG.0, position, event(LONG.0, position)))
}

fn event(number: u64, position: u64) -> Event {
    match position {
        0 => opening(number),
        _ => Event::DepositMade {
            account_id: account_id(number),
            amount: Decimal::new(((number * 31 + position * 17) % 10_000 + 1) as i64, 2),
            reference: Some(format!("invoice {:08}", number * 1_000 + position)),
        },
    }
}
