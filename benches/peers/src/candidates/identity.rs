//! Time-ordered identities without a system call.

use rand::{RngExt, rngs::SmallRng};
use std::{
    cell::RefCell,
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::{Builder, Uuid};

thread_local! {
    static RANDOM: RefCell<SmallRng> = RefCell::new(rand::make_rng());
}

/// A new identity (UUID version 7) at a time that has been read already, from a generator per thread that the operating
/// system has seeded.
pub(super) fn time_ordered(now: SystemTime) -> Uuid {
    let millis = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let random: [u8; 10] = RANDOM.with_borrow_mut(|random| random.random());
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
