//! Chapter 15: one fact per save, and a report made of facts alone.

use fidelis::{MessageKind, block_on, prelude::*};

use super::AccountReport;
use crate::{
    account::{Account, AccountFactEvent, AccountStatus},
    money::{Money, dollars},
    tests::{Bank, closing, deposit, opening, withdrawal},
};

/// Open with 1000, deposit 500, withdraw 200, a minute between each.
fn chapter_15() -> (Bank, Id<Account>) {
    let bank = Bank::open();
    let alice = bank.alice(dollars(1000));
    bank.clock.advance(SignedDuration::from_mins(1));
    bank.accepts(deposit(alice, dollars(500)));
    bank.clock.advance(SignedDuration::from_mins(1));
    bank.accepts(withdrawal(alice, dollars(200)));
    (bank, alice)
}

fn report(bank: &Bank) -> Vec<AccountReport> {
    block_on(bank.engine.query::<AccountReport>().all()).unwrap()
}

#[test]
fn chapter_15_three_saves_are_three_facts() {
    let (bank, alice) = chapter_15();
    let facts = bank.stream("fidelis::account-fact", alice);
    for (position, (fact, balance)) in facts.iter().zip([1000, 1500, 1300]).enumerate() {
        assert_eq!(fact.metadata.stream.as_str(), format!("fidelis::account-fact-{alice}"));
        assert_eq!(fact.metadata.position, position as u64);
        assert_eq!(fact.metadata.type_name.as_str(), "Fidelis.AccountFactEvent.v1");
        assert_eq!(fact.metadata.kind, MessageKind::Fact);
        let state = AccountFactEvent {
            id: alice,
            account_number: "ACC-001".to_owned(),
            holder_name: "Alice Johnson".to_owned(),
            balance: dollars(balance),
            status: AccountStatus::Active,
        };
        assert_eq!(fact.decode::<AccountFactEvent>().unwrap(), state);
        assert!(fact.payload.contains(r#""status":"ACTIVE""#), "{}", fact.payload);
    }
    assert_eq!(facts.len(), 3);
}

#[test]
fn chapter_15_the_report_is_what_the_last_fact_says() {
    let (bank, alice) = chapter_15();
    let last_fact: Timestamp = bank.stream("fidelis::account-fact", alice)[2].metadata.time;
    bank.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(
        report(&bank),
        [AccountReport {
            account_id: alice,
            account_number: "ACC-001".to_owned(),
            holder_name: "Alice Johnson".to_owned(),
            balance: dollars(1300),
            status: AccountStatus::Active,
            last_updated: last_fact,
        }]
    );
}

#[test]
fn chapter_15_a_closed_account_is_reported_as_closed() {
    let bank = Bank::open();
    let alice = bank.alice(Money::ZERO);
    bank.accepts(closing(alice));
    assert_eq!(report(&bank)[0].status, AccountStatus::Closed);
    let closed = block_on(bank.engine.query::<AccountReport>().filter(AccountReport::STATUS.eq(AccountStatus::Closed)).all());
    assert_eq!(closed.unwrap().len(), 1);
}

#[test]
fn chapter_15_a_rejected_command_states_nothing() {
    let (bank, alice) = chapter_15();
    bank.rejects(withdrawal(alice, dollars(5000)));
    assert_eq!(bank.stream("fidelis::account-fact", alice).len(), 3);
}

/// Two deposits in one save.
#[command(part_of = Account)]
struct MakeTwoDeposits {
    #[identifier]
    account_id: Id<Account>,
    amount: Money,
}

#[derive(Default)]
struct TwoDepositsHandler;

#[command_handler(part_of = Account)]
impl TwoDepositsHandler {
    #[handle]
    fn make_two_deposits(&self, command: MakeTwoDeposits, account: &mut Account) -> Result<(), Rejection> {
        account.deposit(command.amount, None)?;
        account.deposit(command.amount, None)
    }
}

#[test]
fn chapter_15_two_events_of_one_save_are_one_fact() {
    let (bank, alice) = chapter_15();
    bank.accepts(MakeTwoDeposits { account_id: alice, amount: dollars(100) });
    let facts = bank.stream("fidelis::account-fact", alice);
    let balances: Vec<Money> = facts.iter().map(|fact| fact.decode::<AccountFactEvent>().unwrap().balance).collect();
    assert_eq!(balances, [dollars(1000), dollars(1500), dollars(1300), dollars(1500)]);
}

#[test]
fn chapter_15_a_rebuild_gives_the_same_rows() {
    let (bank, _) = chapter_15();
    bank.accepts(opening("ACC-002", "Bob", dollars(1)));
    let before = report(&bank);
    assert_eq!(block_on(bank.engine.rebuild::<AccountReport>()).unwrap(), 4, "the facts, and nothing else");
    assert_eq!(report(&bank), before);
}

#[test]
fn chapter_15_the_report_can_be_made_where_there_is_nothing_but_facts() {
    let (bank, _) = chapter_15();
    bank.accepts(opening("ACC-002", "Bob", dollars(1)));
    let regulator = Bank::open();
    for fact in bank.category("fidelis::account-fact") {
        regulator.copy(&fact);
    }
    block_on(regulator.engine.rebuild::<AccountReport>()).unwrap();
    assert_eq!(report(&regulator), report(&bank));
}
