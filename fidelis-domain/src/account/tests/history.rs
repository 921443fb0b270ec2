//! Chapter 4: a stored history that breaks a rule, or cannot be read, is not loaded silently.

use fidelis::{block_on, prelude::*, testing::*};

use super::super::Account;
use crate::{
    money::dollars,
    tests::{Bank, alice, closed, closing, deposit, opened, withdrawn},
};

#[test]
fn chapter_4_a_history_that_breaks_a_rule_is_refused_by_name() {
    let bank = Bank::open();
    let id = alice();
    bank.smuggle(id, &opened(dollars(100)));
    bank.smuggle(id, &withdrawn(dollars(500)));

    let error = block_on(bank.engine.load::<Account>(id)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(
        error.to_string(),
        format!(
            "cannot read the message at position 1 of `fidelis::account-{id}` (`Fidelis.WithdrawalMade.v1`, position 2 of the \
             log): with it, `Account` {id} at version 1 breaks its rule `balance_must_not_be_negative`: \
             {{balance: [Insufficient funds: balance cannot be negative]}}"
        )
    );
}

#[test]
fn chapter_4_a_rule_that_is_broken_in_the_middle_is_found_though_the_end_keeps_it() {
    given((opened(dollars(100)), closed(), withdrawn(dollars(100)))).when(closing(alice())).then_error(ErrorKind::Corrupt);
    // Within one save rules are not asked in between.
    given((opened(dollars(100)), at_once((closed(), withdrawn(dollars(100))))))
        .when(closing(alice()))
        .then_rejected("status", "Account is closed");
}

#[test]
fn chapter_4_a_command_to_such_an_account_changes_nothing() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    bank.smuggle(alice, &withdrawn(dollars(500)));
    let bank = Bank::on(bank.store);
    let error = bank.process(deposit(alice, dollars(1000))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(bank.events(alice).len(), 2);
}

#[test]
fn chapter_4_an_event_that_cannot_be_read_is_named_with_its_place() {
    for (type_name, payload, reason) in [
        ("Fidelis.DepositMade.v1", r#"{"account_id":"no identity","amount":"1.00","reference":null}"#, "account_id"),
        ("Fidelis.DepositMade.v1", r#"{"account_id":"00000000-0000-0000-0000-000000000000","amount":1e3}"#, "amount"),
        ("Fidelis.FeeCharged.v1", "{}", "`Account` does not apply this type"),
    ] {
        let bank = Bank::open();
        let alice = bank.alice(dollars(100));
        bank.smuggle_text(alice, type_name, payload);
        let error = block_on(bank.engine.replay::<Account>(alice)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        let text = error.to_string();
        let place = format!("position 1 of `fidelis::account-{alice}` (`{type_name}`, position 3 of the log)");
        assert!(text.contains(&place) && text.contains(reason), "{text}");
    }
}
