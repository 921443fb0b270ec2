//! The same inputs give the same log, to the last byte.

use fidelis::SignedDuration;

use super::{Bank, closing, deposit, opening, withdrawal};
use crate::money::{cents, dollars};

/// Everything that a bank's log holds after a story with every kind of record.
fn told() -> String {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    bank.clock.advance(SignedDuration::from_secs(3));
    bank.accepts(deposit(alice, dollars(15_000)));
    bank.rejects(withdrawal(alice, dollars(50_000)));
    bank.clock.advance(SignedDuration::from_secs(3));
    let bob = bank.accepts(opening("ACC-002", "Bob", cents(0)));
    bank.accepts(withdrawal(alice, dollars(6_000)));
    bank.accepts(closing(bob));
    let line = |record: &fidelis::Recorded| format!("{:?}\n{}\n", record.metadata, record.payload);
    bank.log().iter().map(|record| line(record)).collect()
}

#[test]
fn the_same_inputs_give_the_same_log_byte_for_byte() {
    let log = told();
    assert_eq!(log.lines().count(), 24);
    for _ in 0..3 {
        assert_eq!(told(), log);
    }
}

#[test]
fn time_does_not_run_backwards_along_the_log() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    let opened_at = bank.log()[0].metadata.time;
    bank.clock.advance(SignedDuration::from_hours(-5));
    bank.accepts(deposit(alice, dollars(1)));
    assert_eq!(bank.stream("fidelis::account", alice)[1].metadata.time, opened_at);
    bank.clock.advance(SignedDuration::from_hours(6));
    bank.accepts(deposit(alice, dollars(1)));
    assert_eq!(bank.stream("fidelis::account", alice)[2].metadata.time, bank.engine.now());
}

#[test]
fn positions_are_gapless_over_all_streams() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    bank.accepts(deposit(alice, dollars(15_000)));
    bank.rejects(withdrawal(alice, dollars(50_000)));
    bank.accepts(withdrawal(alice, dollars(1)));
    let positions: Vec<u64> = bank.log().iter().map(|record| record.metadata.global_position).collect();
    assert_eq!(positions, Vec::from_iter(1..=8));
}
