//! What the bank may rely on, whatever its domain says: one file per promise.

mod bank;
mod bugs;
mod commands;
mod conserved;
mod crashes;
mod determinism;
mod log_lines;
mod moved;
mod observed;
mod other;
mod rebuilds;
mod shared_rows;
mod units;
mod words;
mod writers;

pub(crate) use bank::Bank;
pub(crate) use conserved::conserved;
pub(crate) use observed::{Fate, Observed};
pub(crate) use words::{alice, closed, closing, deposit, deposited, opened, opening, transferring, withdrawal, withdrawn};

#[test]
fn the_domain_has_no_faults() {
    assert_eq!(crate::domain().check().map_err(|faults| faults.to_string()), Ok(()));
}
