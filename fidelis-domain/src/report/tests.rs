//! Chapter 15: one fact per save, and a report made of facts alone.

use fidelis::{MessageKind, block_on, prelude::*, testing::*};

use super::AccountReport;
use crate::{
    account::{Account, AccountFactEvent, AccountStatus},
    money::{Money, dollars},
    tests::{Bank, alice, closing, deposit, deposited, opened, opening, withdrawal},
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

/// What the account states while it holds this.
fn fact(balance: Money) -> AccountFactEvent {
    AccountFactEvent {
        id: alice(),
        account_number: "ACC-001".to_owned(),
        holder_name: "Alice Johnson".to_owned(),
        balance,
        status: AccountStatus::Active,
    }
}

#[test]
fn chapter_15_each_save_states_the_whole_account() {
    given(opened(dollars(1000)))
        .when(deposit(alice(), dollars(500)))
        .and(withdrawal(alice(), dollars(200)))
        .then_facts((fact(dollars(1500)), fact(dollars(1300))));
}

#[test]
fn chapter_15_a_rejected_command_states_nothing() {
    given(opened(dollars(1000)))
        .when(withdrawal(alice(), dollars(5000)))
        .then_rejected("balance", "Insufficient funds: balance cannot be negative")
        .then_facts(());
}

#[test]
fn chapter_15_a_closed_account_is_reported_as_closed() {
    given_projection::<AccountReport>()
        .events(alice(), opened(Money::ZERO))
        .when(closing(alice()))
        .then_row(alice(), |row| assert_eq!(row.status, AccountStatus::Closed));
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
    given(opened(dollars(1000)))
        .when(MakeTwoDeposits { account_id: alice(), amount: dollars(100) })
        .then_events([deposited(dollars(100)), deposited(dollars(100))])
        .then_facts(fact(dollars(1200)));
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
