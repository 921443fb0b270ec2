//! Time-ordered identities without a system call.

use rand::{Rng, rngs::SmallRng};
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
    // All bytes at once: an array of ten drawn as such takes ten turns of the generator.
    let mut random = [0; 10];
    RANDOM.with_borrow_mut(|generator| generator.fill_bytes(&mut random));
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
