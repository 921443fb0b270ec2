//! Chapter 7: large deposits are looked into.

use std::sync::Arc;

use fidelis::{
    MessageId, Origin, Recorded, Store, block_on,
    prelude::*,
    store::{CheckpointMove, Commit},
    testing::*,
};

use super::{
    CloseInvestigation, ComplianceAlertHandler, CreateComplianceInvestigation, Investigation, InvestigationClosed,
    InvestigationOpened, InvestigationStatus,
};
use crate::{
    account::{Account, AccountOpened},
    money::{Money, cents, dollars},
    notices::{Notice, Outbox},
    tests::{Bank, alice, deposit, deposited, opened, opening},
};

const HANDLER: &str = "fidelis.ComplianceAlertHandler";

/// The investigations that were opened.
fn investigations(bank: &Bank) -> Vec<InvestigationOpened> {
    bank.category("fidelis::investigation").iter().map(|record| record.decode().unwrap()).collect()
}

fn investigation(bank: &Bank, id: Id<Investigation>) -> Investigation {
    block_on(bank.engine.load(id)).unwrap()
}

/// A bank whose alerts can be looked at, and whose customer has 500.
fn given_bank(alerts: &Outbox) -> Given<WholeDomain> {
    let handler = ComplianceAlertHandler::new(Arc::new(alerts.clone()));
    given_domain(crate::domain().with(handler)).events(alice(), opened(dollars(500)))
}

#[test]
fn chapter_7_a_deposit_of_10000_is_looked_into() {
    let alerts = Outbox::default();
    given_bank(&alerts)
        .when(deposit(alice(), dollars(10_000)))
        .then_issued(CreateComplianceInvestigation { account_id: alice(), amount: dollars(10_000) })
        .then_events((
            deposited(dollars(10_000)),
            matching!(InvestigationOpened { account_id, amount, .. } if *account_id == alice() && *amount == dollars(10_000)),
        ));
    let text = format!("10000.00 was paid into account {}.", alice());
    assert_eq!(alerts.notices(), [Notice { subject: "large deposit", account_id: alice(), text }]);
}

#[test]
fn chapter_7_a_deposit_of_9999_99_is_not_looked_into() {
    let alerts = Outbox::default();
    given_bank(&alerts).when(deposit(alice(), cents(999_999))).then_issued(()).then_events(deposited(cents(999_999)));
    assert_eq!(alerts.notices(), []);
}

#[test]
fn chapter_7_an_opening_deposit_is_not_looked_into() {
    let alerts = Outbox::default();
    given_bank(&alerts).when(opening("ACC-002", "Bob", dollars(50_000))).then_issued(()).then_event::<AccountOpened>();
    assert_eq!(alerts.notices(), []);
}

#[test]
fn chapter_7_the_investigation_exists_and_says_what_it_is_about() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    bank.accepts(deposit(alice, dollars(15_000)));
    let id = investigations(&bank)[0].investigation_id;
    let investigation = investigation(&bank, id);
    assert_eq!((investigation.account_id, investigation.amount), (alice, dollars(15_000)));
    assert_eq!((investigation.status, investigation.finding), (InvestigationStatus::Open, None));
    let record = &bank.stream("fidelis::investigation", id)[0];
    assert_eq!(record.metadata.type_name.as_str(), "Fidelis.InvestigationOpened.v1");
}

#[test]
fn chapter_7_the_investigation_has_the_deposit_as_its_cause() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    let receipt = bank.process(deposit(alice, dollars(15_000))).unwrap();
    let made: Arc<Recorded> = bank.stream("fidelis::account", alice).remove(1);
    let opened = bank.category("fidelis::investigation").remove(0);
    // The deposit was caused by its command, which began the chain; the investigation by a command that follows from the deposit.
    assert_eq!(made.metadata.origin.causation_id, Some(receipt.command));
    let command = made.metadata.id.derived("ComplianceAlertHandler/CreateComplianceInvestigation", 0);
    assert_eq!(opened.metadata.origin.causation_id, Some(command));
    assert!(block_on(bank.store.settlement(command)).unwrap().is_some(), "that command was processed");
    assert_eq!(opened.metadata.origin.correlation_id, receipt.command);
    assert_eq!(made.metadata.origin.correlation_id, receipt.command);
}

/// Lets a consumer handle everything a second time, as after a crash before its checkpoint was stored.
fn deliver_again(bank: &Bank, subscription: &str) -> Bank {
    let from = block_on(bank.store.checkpoint(subscription)).unwrap();
    let nobody = MessageId::named("nobody");
    let origin = Origin { correlation_id: nobody, causation_id: None, process: None, priority: 0, extensions: None };
    let mut commit = Commit::new(bank.engine.now(), origin);
    commit.checkpoints.push(CheckpointMove { subscription: subscription.into(), from, to: 0 });
    block_on(bank.store.commit(commit)).unwrap();
    let restarted = Bank::on(bank.store.clone());
    block_on(restarted.engine.settle()).unwrap();
    restarted
}

#[test]
fn chapter_7_a_deposit_that_is_handled_twice_opens_one_investigation() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    bank.accepts(deposit(alice, dollars(15_000)));
    bank.accepts(deposit(alice, dollars(20_000)));
    let before = investigations(&bank);
    let again = deliver_again(&bank, HANDLER);
    assert_eq!(again.alerts.notices().len(), 2, "the deposits were handled again, and a notice cannot be called back");
    assert_eq!(investigations(&again), before);
    assert_eq!(before.len(), 2);
}

#[test]
fn chapter_7_an_alert_that_fails_after_its_command_opens_one_investigation() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(500));
    bank.alerts.strike(true);
    let receipt = bank.process(deposit(alice, dollars(15_000))).unwrap();
    let behind: Vec<&str> = receipt.lagging.iter().map(|consumer| &*consumer.subscription).collect();
    assert_eq!(behind, [HANDLER]);
    assert_eq!(bank.account(alice).balance, dollars(15_500));
    let before = investigations(&bank);
    assert_eq!(before.len(), 1);
    bank.alerts.strike(false);
    block_on(bank.engine.retry_parked(HANDLER, receipt.lagging[0].position)).unwrap();
    assert_eq!(bank.alerts.notices().len(), 1);
    assert_eq!(investigations(&bank), before);
}

/// An investigation of its own, without a deposit.
fn one_investigation(bank: &Bank) -> Id<Investigation> {
    bank.accepts(CreateComplianceInvestigation { account_id: Id::<Account>::named("ACC-001"), amount: dollars(15_000) })
}

#[test]
fn an_investigation_is_closed_with_a_finding_and_only_once() {
    let bank = Bank::open();
    let id = one_investigation(&bank);
    let close = |finding: &str| CloseInvestigation { investigation_id: id, finding: finding.to_owned() };
    assert_eq!(bank.rejects(close("")), "{finding: [length is lower than 1]}");
    assert_eq!(bank.rejects(close(&"x".repeat(2_001))), "{finding: [length is greater than 2000]}");
    bank.accepts(close("an inheritance"));
    assert_eq!(bank.rejects(close("a second thought")), "{status: [Investigation is closed already]}");

    let restarted = Bank::on(bank.store.clone());
    let closed = investigation(&restarted, id);
    assert_eq!((closed.status, closed.finding.as_deref()), (InvestigationStatus::Closed, Some("an inheritance")));
    assert_eq!((closed.account_id, closed.amount, closed.version()), (Id::named("ACC-001"), dollars(15_000), Some(1)));
    let last: InvestigationClosed = bank.stream("fidelis::investigation", id)[1].decode().unwrap();
    assert_eq!(last.finding, "an inheritance");
}

#[test]
fn a_rejection_leaves_a_stored_state_in_hand_as_before() {
    let id = Id::named("investigation");
    let mut investigation = Investigation::open(id, Id::named("ACC-001"), Money::ZERO).unwrap();
    let before = investigation.clone();
    let refused = investigation.close(String::new()).unwrap_err();
    assert_eq!(refused.to_string(), "{finding: [length is lower than 1]}");
    assert_eq!(investigation, before);
    assert_eq!(investigation.root().pending().len(), 1);
    let without_finding = investigation.atomically(|investigation| {
        investigation.status = InvestigationStatus::Closed;
        investigation.raise(InvestigationClosed { investigation_id: id, finding: String::new() })
    });
    assert_eq!(without_finding.unwrap_err().to_string(), "{finding: [A closed investigation needs a finding]}");
    assert_eq!((&investigation, investigation.root().pending().len()), (&before, 1));
}
