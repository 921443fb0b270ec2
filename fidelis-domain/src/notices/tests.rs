//! Chapter 7: notices to customers, and what happens when they cannot be sent.

use fidelis::{Id, SignedDuration, block_on};

use super::{Notice, Outbox};
use crate::{
    account::{AccountOpened, WithdrawalMade},
    dashboard::AccountSummary,
    money::{cents, dollars},
    tests::{Bank, deposit, opening, withdrawal},
};

const HANDLER: &str = "fidelis.NotificationHandler";

fn subjects(outbox: &Outbox) -> Vec<&'static str> {
    outbox.notices().iter().map(|notice| notice.subject).collect()
}

#[test]
fn chapter_7_who_opens_an_account_is_welcomed_with_its_number() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    let text = "Welcome, Alice Johnson! Your account ACC-001 is now active.".to_owned();
    assert_eq!(bank.notices.notices(), [Notice { subject: "welcome", account_id: alice, text }]);
}

#[test]
fn chapter_7_a_withdrawal_of_5000_is_notified_and_one_of_4999_99_is_not() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(50_000));
    bank.accepts(withdrawal(alice, cents(499_999)));
    assert_eq!(subjects(&bank.notices), ["welcome"]);
    bank.accepts(withdrawal(alice, dollars(5_000)));
    assert_eq!(subjects(&bank.notices), ["welcome", "large withdrawal"]);
    assert_eq!(bank.notices.notices()[1].text, format!("5000.00 was withdrawn from account {alice}."));
}

#[test]
fn chapter_7_a_rejected_withdrawal_is_not_notified() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    bank.rejects(withdrawal(alice, dollars(6_000)));
    assert_eq!(subjects(&bank.notices), ["welcome"]);
}

#[test]
fn chapter_7_the_three_consumers_follow_one_story() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    bank.accepts(deposit(alice, dollars(15_000)));
    bank.accepts(withdrawal(alice, dollars(6_000)));
    assert_eq!(subjects(&bank.notices), ["welcome", "large withdrawal"]);
    assert_eq!(subjects(&bank.alerts), ["large deposit"]);
    assert_eq!(bank.account(alice).balance, dollars(9_500));
}

#[test]
fn chapter_7_a_post_on_strike_stops_neither_the_command_nor_the_other_consumers() {
    let bank = Bank::open();
    bank.notices.strike(true);
    let receipt = bank.process(opening("ACC-001", "Alice Johnson", dollars(500))).unwrap();
    let alice = receipt.value;
    assert_eq!(receipt.lagging.len(), 1, "{:?}", receipt.lagging);
    assert_eq!(&*receipt.lagging[0].subscription, HANDLER);
    assert_eq!(receipt.lagging[0].position, 1);
    assert_eq!(receipt.lagging[0].error, "the handler failed: the post is on strike");

    assert_eq!(bank.account(alice).balance, dollars(500));
    bank.accepts(deposit(alice, dollars(15_000)));
    assert_eq!(subjects(&bank.alerts), ["large deposit"]);
    let row = block_on(bank.engine.query::<AccountSummary>().get(alice)).unwrap().unwrap();
    assert_eq!((row.balance, row.transaction_count), (dollars(15_500), 2));
}

#[test]
fn chapter_7_a_parked_notice_carries_its_error_and_its_consumer_and_is_tried_again() {
    let bank = Bank::open();
    bank.notices.strike(true);
    let began = bank.engine.now();
    let alice = bank.process(opening("ACC-001", "Alice Johnson", dollars(500))).unwrap().value;
    let parked = || block_on(bank.engine.parked()).unwrap();
    let attempts = || parked()[0].failure.as_ref().map(|failure| failure.attempts);

    assert_eq!(parked().len(), 1);
    assert_eq!((&*parked()[0].subscription, parked()[0].position), (HANDLER, 1));
    assert_eq!(parked()[0].stream.as_str(), format!("fidelis::account-{alice}"));
    let failure = parked()[0].failure.clone().unwrap();
    assert_eq!(failure.error, "the handler failed: the post is on strike");
    assert_eq!((failure.attempts, failure.first, failure.last), (1, began, began));

    block_on(bank.engine.settle()).unwrap();
    assert_eq!(attempts(), Some(1), "it is not its time yet");
    bank.clock.set(failure.next.expect("it is tried again"));
    block_on(bank.engine.settle()).unwrap();
    let failure = parked()[0].failure.clone().unwrap();
    assert_eq!((failure.attempts, failure.first, failure.last), (2, began, bank.engine.now()));

    for _ in 2..5 {
        bank.clock.advance(SignedDuration::from_mins(1));
        block_on(bank.engine.settle()).unwrap();
    }
    assert_eq!(attempts(), Some(5));
    assert_eq!(parked()[0].failure.as_ref().unwrap().next, None, "from here on a person decides");
    assert_eq!(bank.notices.notices(), []);
}

#[test]
fn chapter_7_when_the_post_works_again_the_notice_is_sent_once() {
    let bank = Bank::open();
    bank.notices.strike(true);
    let alice = bank.process(opening("ACC-001", "Alice Johnson", dollars(500))).unwrap().value;
    bank.notices.strike(false);
    bank.clock.advance(SignedDuration::from_mins(1));
    bank.accepts(deposit(alice, dollars(1)));
    assert_eq!(subjects(&bank.notices), ["welcome"]);
    assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(subjects(&bank.notices), ["welcome"]);
}

#[test]
fn chapter_7_a_retry_touches_only_the_consumer_it_is_parked_for() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(50_000));
    bank.notices.strike(true);
    bank.alerts.strike(true);
    assert_eq!(bank.process(deposit(alice, dollars(10_000))).unwrap().lagging.len(), 1);
    assert_eq!(bank.process(withdrawal(alice, dollars(5_000))).unwrap().lagging.len(), 1);
    bank.notices.strike(false);
    bank.alerts.strike(false);
    let parked = || block_on(bank.engine.parked()).unwrap();
    let notice = parked().into_iter().find(|message| &*message.subscription == HANDLER).unwrap();
    block_on(bank.engine.retry_parked(HANDLER, notice.position)).unwrap();

    assert_eq!(subjects(&bank.notices), ["welcome", "large withdrawal"]);
    assert_eq!(subjects(&bank.alerts), [""; 0]);
    let left: Vec<_> = parked().into_iter().map(|message| message.subscription).collect();
    assert_eq!(left, ["fidelis.ComplianceAlertHandler".into()]);
    let row = block_on(bank.engine.query::<AccountSummary>().get(alice)).unwrap().unwrap();
    assert_eq!((row.balance, row.transaction_count), (dollars(55_000), 3));
}

#[test]
fn chapter_7_later_notices_of_an_account_wait_for_the_parked_one_and_those_of_others_do_not() {
    let bank = Bank::open();
    bank.notices.strike(true);
    let alice = bank.process(opening("ACC-001", "Alice Johnson", dollars(50_000))).unwrap().value;
    bank.notices.strike(false);
    let receipt = bank.process(withdrawal(alice, dollars(5_000))).unwrap();
    assert_eq!(receipt.lagging[0].error, "it waits behind an earlier message of its stream");
    bank.accepts(opening("ACC-002", "Bob", dollars(1)));
    assert_eq!(subjects(&bank.notices), ["welcome"]);
    assert!(bank.notices.notices()[0].text.contains("Bob"));
    bank.clock.advance(SignedDuration::from_mins(1));
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(subjects(&bank.notices), ["welcome", "welcome", "large withdrawal"]);
}

#[test]
fn chapter_7_what_is_caught_up_with_waits_behind_a_parked_notice_all_the_same() {
    let bank = Bank::open();
    let (alice, bob) = (Id::named("ACC-001"), Id::named("ACC-002"));
    let opened = |account_id, number: &str| AccountOpened {
        account_id,
        account_number: number.to_owned(),
        holder_name: number.to_owned(),
        opening_deposit: dollars(50_000),
    };
    bank.smuggle(alice, &opened(alice, "ACC-001"));
    bank.smuggle(alice, &WithdrawalMade { account_id: alice, amount: dollars(6_000), reference: None });
    bank.smuggle(bob, &opened(bob, "ACC-002"));
    let bank = Bank::on(bank.store);
    bank.notices.strike(true);
    block_on(bank.engine.settle()).unwrap();
    let parked = block_on(bank.engine.parked()).unwrap();
    let failed: Vec<_> = parked.iter().map(|message| (message.position, message.failure.is_some())).collect();
    assert_eq!(failed, [(1, true), (2, false), (3, true)], "the second one was not even tried");
    bank.notices.strike(false);
    bank.clock.advance(SignedDuration::from_mins(1));
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(subjects(&bank.notices), ["welcome", "large withdrawal", "welcome"]);
}

#[test]
fn chapter_7_a_parked_notice_can_be_given_up() {
    let bank = Bank::open();
    bank.notices.strike(true);
    assert_eq!(bank.process(opening("ACC-001", "Alice Johnson", dollars(500))).unwrap().lagging.len(), 1);
    bank.notices.strike(false);
    block_on(bank.engine.drop_parked(HANDLER, 1)).unwrap();
    bank.clock.advance(SignedDuration::from_mins(1));
    block_on(bank.engine.settle()).unwrap();
    assert_eq!(bank.notices.notices(), []);
    assert_eq!(block_on(bank.engine.parked()).unwrap(), []);
}
