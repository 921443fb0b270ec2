//! Commands that come twice, or whose answer was not heard: one effect, one answer.

use fidelis::{Envelope, Handled, MemoryStore, Receipt, block_on, prelude::*};

use super::{
    Bank, deposit,
    observed::{Fate, Observed},
    opening, withdrawal,
};
use crate::money::dollars;

fn keyed<C: Handled>(bank: &Bank, key: &str, command: C) -> Result<Receipt<C::Output>, Error> {
    block_on(bank.engine.process_with(command, Envelope::keyed(key)))
}

#[test]
fn a_command_sent_twice_under_one_key_has_one_effect_and_one_answer() {
    let bank = Bank::open();
    let open = || opening("ACC-001", "Alice Johnson", dollars(100));
    let alice = keyed(&bank, "an opening", open()).unwrap().value;
    assert_eq!(keyed(&bank, "an opening", open()).unwrap().value, alice);
    for _ in 0..3 {
        assert_eq!(keyed(&bank, "a paycheck", deposit(alice, dollars(5))).unwrap().lagging, []);
    }
    assert_eq!(bank.account(alice).balance, dollars(105));
    assert_eq!(bank.events(alice).len(), 2);
    assert_eq!(bank.category("fidelis::account").len(), 2, "no second account");
    assert_eq!(bank.notices.notices().len(), 1, "no second welcome");
}

#[test]
fn a_rejection_is_an_answer_too() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let first = keyed(&bank, "the rent", withdrawal(alice, dollars(200))).unwrap_err();
    bank.accepts(deposit(alice, dollars(500)));
    let again = keyed(&bank, "the rent", withdrawal(alice, dollars(200))).unwrap_err();
    assert_eq!((again.kind(), again.rejection()), (ErrorKind::Rejected, first.rejection()));
    assert_eq!(bank.account(alice).balance, dollars(600));
}

#[test]
fn a_key_that_was_used_for_another_command_is_refused() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    assert_eq!(keyed(&bank, "the rent", withdrawal(alice, dollars(20))).unwrap().lagging, []);
    for error in [
        keyed(&bank, "the rent", withdrawal(alice, dollars(30))).unwrap_err(),
        keyed(&bank, "the rent", deposit(alice, dollars(20))).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("was used for another command"), "{error}");
    }
    assert_eq!(bank.account(alice).balance, dollars(80));
}

#[test]
fn commands_that_look_alike_without_a_key_are_two() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    bank.accepts(deposit(alice, dollars(5)));
    bank.accepts(deposit(alice, dollars(5)));
    assert_eq!(bank.account(alice).balance, dollars(110));
}

#[test]
fn an_answer_stands_though_the_account_cannot_be_loaded_any_more() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let first = keyed(&bank, "the rent", withdrawal(alice, dollars(20))).unwrap().command;
    bank.smuggle_text(alice, "Fidelis.FeeCharged.v1", "{}");
    let bank = Bank::on(bank.store);
    assert_eq!(bank.process(withdrawal(alice, dollars(20))).unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(keyed(&bank, "the rent", withdrawal(alice, dollars(20))).unwrap().command, first);
}

#[test]
fn a_command_that_two_processes_decide_at_once_has_one_effect() {
    let other = Bank::open();
    let alice = other.alice(dollars(100));
    let paycheck = move || deposit(alice, dollars(5));
    let (engine, store) = (other.engine.clone(), other.store.clone());
    let faster = move |commit| {
        if commit == 1 {
            let receipt = block_on(engine.process_with(paycheck(), Envelope::keyed("a paycheck"))).unwrap();
            assert_eq!(receipt.lagging, []);
        }
        Fate::Happens
    };
    let bank = Bank::behind(Observed::new(store.clone(), faster), store);
    assert_eq!(keyed(&bank, "a paycheck", paycheck()).unwrap().lagging, []);
    assert_eq!(bank.account(alice).balance, dollars(105));
    assert_eq!(bank.events(alice).len(), 2);
}

#[test]
fn a_command_settled_by_another_process_is_answered() {
    let bank = Bank::open();
    let other = Bank::on(bank.store.clone());
    let open = || opening("ACC-001", "Alice Johnson", dollars(100));
    let alice = keyed(&bank, "an opening", open()).unwrap().value;
    assert_eq!(keyed(&other, "an opening", open()).unwrap().value, alice);
    assert_eq!(bank.category("fidelis::account").len(), 1);
}

#[test]
fn a_commit_whose_answer_was_not_heard_is_found_out() {
    let store = MemoryStore::default();
    let unheard = |commit| if commit == 1 { Fate::HappensUnheard } else { Fate::Happens };
    let bank = Bank::behind(Observed::new(store.clone(), unheard), store);
    let alice = bank.alice(dollars(100));
    assert_eq!(bank.account(alice).balance, dollars(100));
    assert_eq!(bank.category("fidelis::account").len(), 1);
    assert_eq!(bank.notices.notices().len(), 1, "its consumers have heard of it");
}

#[test]
fn a_store_that_is_away_is_not_a_rejection_and_nothing_happened() {
    let store = MemoryStore::default();
    let away = |commit| if commit == 1 { Fate::Fails } else { Fate::Happens };
    let bank = Bank::behind(Observed::new(store.clone(), away), store);
    let error = bank.process(opening("ACC-001", "Alice Johnson", dollars(100))).unwrap_err();
    assert_eq!((error.kind(), error.rejection()), (ErrorKind::Unavailable, None));
    assert!(bank.log().is_empty());
    bank.alice(dollars(100));
}
