//! A read model is made again while people read it and write.

use fidelis::{Engine, MemoryStore, block_on};

use super::{
    Bank, deposit,
    observed::{Fate, Observed},
    opening,
};
use crate::{dashboard::AccountSummary, money::dollars};

fn rows(engine: &Engine) -> Vec<AccountSummary> {
    block_on(engine.query::<AccountSummary>().all()).unwrap()
}

#[test]
fn a_running_reader_never_sees_half_of_a_rebuild() {
    let store = MemoryStore::default();
    let reader = Bank::on(store.clone());
    for number in 1..=20 {
        reader.accepts(opening(&format!("ACC-{number:03}"), "Alice Johnson", dollars(number)));
    }
    let whole = rows(&reader.engine);
    let (engine, expected) = (reader.engine.clone(), whole.clone());
    let looked = move |_| {
        assert_eq!(rows(&engine), expected);
        Fate::Happens
    };
    let rebuilder = Bank::behind(Observed::new(store.clone(), looked), store);
    assert_eq!(block_on(rebuilder.engine.rebuild::<AccountSummary>()).unwrap(), 20);
    assert_eq!(rows(&reader.engine), whole);
}

#[test]
fn what_other_processes_write_during_a_rebuild_is_in_it() {
    let store = MemoryStore::default();
    let other = Bank::on(store.clone());
    let alice = other.alice(dollars(1000));
    let engine = other.engine.clone();
    let written = move |commit| {
        if commit <= 2 {
            assert_eq!(block_on(engine.process(deposit(alice, dollars(1)))).unwrap().lagging, []);
        }
        Fate::Happens
    };
    let rebuilder = Bank::behind(Observed::new(store.clone(), written), store);
    block_on(rebuilder.engine.rebuild::<AccountSummary>()).unwrap();
    block_on(other.engine.settle()).unwrap();
    assert_eq!(rows(&other.engine)[0].balance, dollars(1002));
}

#[test]
fn a_store_that_goes_away_during_a_rebuild_leaves_the_old_rows() {
    let store = MemoryStore::default();
    let reader = Bank::on(store.clone());
    let alice = reader.alice(dollars(1000));
    reader.accepts(deposit(alice, dollars(500)));
    let whole = rows(&reader.engine);
    let failed: Vec<bool> = (1..10)
        .map(|crash| {
            let away = move |commit| if commit == crash { Fate::Fails } else { Fate::Happens };
            let rebuilder = Bank::behind(Observed::new(store.clone(), away), store.clone());
            let failed = block_on(rebuilder.engine.rebuild::<AccountSummary>()).is_err();
            assert_eq!(rows(&reader.engine), whole);
            failed
        })
        .collect();
    assert_eq!(failed, [true, true, true, false, false, false, false, false, false]);
}
