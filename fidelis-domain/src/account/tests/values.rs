//! Chapters 1 to 4: any value the types accept is stored and loaded; any other is refused with the name of its field.

use fidelis::{Envelope, block_on, prelude::*};

use super::super::{CloseAccount, MakeDeposit, MakeWithdrawal};
use crate::{
    money::{Money, cents, dollars},
    tests::{Bank, deposit, opening, withdrawal},
};

/// Texts that have broken other stores.
const TEXTS: [&str; 7] =
    ["\u{1f3e6} \u{1f468}\u{200d}\u{1f469}", "nothing\0here", "\"', \\ --", "line\nline\r\t", "\u{7f}\u{feff}", "  ", "ß"];

#[test]
fn any_text_is_stored_and_loaded() {
    for text in TEXTS {
        let bank = Bank::open();
        let alice = bank.accepts(opening(text, text, dollars(1)));
        let reference = Some(text.to_owned());
        bank.accepts(MakeDeposit { account_id: alice, amount: dollars(1), reference });
        let stored = &bank.stream("fidelis::account", alice)[1];
        let event: super::super::DepositMade = stored.decode().unwrap();
        assert_eq!(event.reference.as_deref(), Some(text));
        let account = Bank::on(bank.store).account(alice);
        assert_eq!((account.account_number.as_str(), account.holder_name.as_str()), (text, text));
    }
}

#[test]
fn any_amount_is_stored_and_loaded() {
    for amount in ["0.01", "10000000000000000", "10000000000000000.01", "999999999999999999.99", "1000000000000000000"] {
        let amount: Money = amount.parse().unwrap();
        let bank = Bank::open();
        let alice = bank.alice(amount);
        assert_eq!(Bank::on(bank.store.clone()).account(alice).balance, amount);
        bank.accepts(withdrawal(alice, amount));
        bank.accepts(deposit(alice, amount));
        assert_eq!(Bank::on(bank.store).account(alice).balance, amount);
    }
}

#[test]
fn a_balance_beyond_what_can_be_written_is_rejected() {
    let bank = Bank::open();
    let most: Money = "1000000000000000000".parse().unwrap();
    let alice = bank.alice(most);
    for amount in [cents(1), most] {
        assert_eq!(bank.rejects(deposit(alice, amount)), "{balance: [Balance is beyond what an account can hold]}");
    }
    assert_eq!(Bank::on(bank.store).account(alice).balance, most);
}

#[test]
fn texts_of_the_greatest_length_are_stored_and_longer_ones_refused_with_their_field() {
    for letter in ["x", "\u{1f3e6}"] {
        let text = |length: usize| letter.repeat(length);
        let bank = Bank::open();
        let alice = bank.accepts(opening(&text(20), &text(100), dollars(10)));
        let (amount, account_id) = (dollars(1), alice);
        bank.accepts(MakeDeposit { account_id, amount, reference: Some(text(200)) });
        bank.accepts(MakeWithdrawal { account_id, amount, reference: Some(text(200)) });
        assert_eq!(Bank::on(bank.store.clone()).account(alice).holder_name, text(100));

        let head = bank.log().len();
        let refused = [
            bank.rejects(MakeDeposit { account_id, amount, reference: Some(text(201)) }),
            bank.rejects(MakeWithdrawal { account_id, amount, reference: Some(text(201)) }),
        ];
        assert_eq!(refused, ["{reference: [length is greater than 200]}"; 2]);
        let refused = bank.rejects(CloseAccount { account_id, reason: Some(text(201)) });
        assert_eq!(refused, "{reason: [length is greater than 200]}");
        let refused = bank.rejects(opening(&text(21), &text(101), dollars(1)));
        assert_eq!(refused, "{account_number: [length is greater than 20], holder_name: [length is greater than 100]}");
        let refused = bank.rejects(opening("", "", dollars(1)));
        assert_eq!(refused, "{account_number: [length is lower than 1], holder_name: [length is lower than 1]}");
        assert_eq!(bank.log().len(), head);
    }
}

#[test]
fn what_is_no_amount_does_not_come_in() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(10));
    for amount in [r#""NaN""#, r#""inf""#, r#""0.001""#, r#""1e3""#, r#""1000000000000000000.01""#, "1.5", "null", "\"\"", "{}"] {
        let payload = format!(r#"{{"account_id":"{alice}","amount":{amount},"reference":null}}"#);
        let error = block_on(bank.engine.process_json("MakeDeposit", &payload, Envelope::default())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{amount}");
        assert!(error.to_string().starts_with("command `MakeDeposit` cannot be read"), "{error}");
    }
    let payload = format!(r#"{{"account_id":"{alice}","amount":"1.50","reference":null}}"#);
    let receipt = block_on(bank.engine.process_json("MakeDeposit", &payload, Envelope::default())).unwrap();
    assert_eq!(receipt.value, "null");
    assert_eq!(bank.account(alice).balance, cents(1150));
}
