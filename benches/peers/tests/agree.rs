//! Every candidate does the same work: same rows, same refusals, same balances after replay.

use peers::{
    bank::{DepositMade, MakeDeposit, REFERENCE_LIMIT, Refused},
    candidate::{Candidate, Row},
    candidates::CANDIDATES,
    cases::world::{expected_row, open, round_robin, scattered},
};
use rust_decimal::Decimal;
use uuid::Uuid;

fn with_every_candidate(check: impl Fn(&str, &mut dyn Candidate)) {
    for entry in CANDIDATES {
        check(entry.name, &mut *(entry.new)());
    }
}

fn deposit(account_id: Uuid, cents: i64, reference: &str) -> MakeDeposit {
    MakeDeposit { account_id, amount: Decimal::new(cents, 2), reference: Some(reference.to_owned()) }
}

#[test]
fn rows_hold_balance_and_count_of_their_own_account() {
    with_every_candidate(|name, candidate| {
        let accounts = open(candidate, 20);
        let deposits = scattered(&accounts, 200);
        for deposit in deposits.clone() {
            candidate.deposit(deposit).unwrap();
        }
        for &account_id in &accounts {
            let expected = expected_row(deposits.iter().filter(|deposit| deposit.account_id == account_id));
            assert_eq!(candidate.dashboard(account_id), Some(expected), "{name}");
        }
    });
}

#[test]
fn replay_gives_the_balance_of_the_row() {
    with_every_candidate(|name, candidate| {
        let accounts = open(candidate, 3);
        for deposit in scattered(&accounts, 30) {
            candidate.deposit(deposit).unwrap();
        }
        for &account_id in &accounts {
            let replayed = candidate.replay(account_id);
            assert!(replayed.is_some() || name == "eventastic", "{name} replays");
            if let Some(balance) = replayed {
                assert_eq!(candidate.dashboard(account_id).unwrap().balance, balance, "{name}");
            }
        }
    });
}

#[test]
fn a_lengthened_history_is_one_of_deposits() {
    with_every_candidate(|name, candidate| {
        let accounts = open(candidate, 1);
        let deposits = round_robin(&accounts, 9);
        candidate.lengthen(deposits.clone()).unwrap();
        candidate.deposit(deposit(accounts[0], 1, "on top")).unwrap();
        let Row { balance, transaction_count } = expected_row(&deposits);
        let expected = Row { balance: balance + Decimal::new(1, 2), transaction_count: transaction_count + 1 };
        assert_eq!(candidate.dashboard(accounts[0]), Some(expected), "{name}");
    });
}

#[test]
fn what_the_rules_refuse_changes_nothing() {
    let too_long = "x".repeat(REFERENCE_LIMIT + 1);
    with_every_candidate(|name, candidate| {
        let account_id = open(candidate, 1)[0];
        let unknown = Uuid::nil();
        let refused = [
            (deposit(account_id, 0, "nothing"), Refused::AmountNotPositive),
            (deposit(account_id, -1, "less"), Refused::AmountNotPositive),
            (deposit(account_id, 100, &too_long), Refused::ReferenceTooLong),
            (deposit(unknown, 100, "nobody"), Refused::NoSuchAccount),
        ];
        let before = (candidate.dashboard(account_id), candidate.replay(account_id));
        for (command, reason) in refused {
            assert_eq!(candidate.deposit(command), Err(reason), "{name}");
        }
        assert_eq!((candidate.dashboard(account_id), candidate.replay(account_id)), before, "{name}");
        assert_eq!(candidate.dashboard(unknown), None, "{name}");
    });
}

#[test]
fn the_longest_reference_is_accepted() {
    with_every_candidate(|name, candidate| {
        let accounts = open(candidate, 1);
        let result = candidate.deposit(deposit(accounts[0], 1, &"ü".repeat(REFERENCE_LIMIT)));
        assert_eq!(result, Ok(()), "{name}");
    });
}

#[test]
fn amounts_are_texts_in_json() {
    let event = DepositMade { account_id: Uuid::nil(), amount: Decimal::new(1230, 2), reference: None };
    let json = r#"{"account_id":"00000000-0000-0000-0000-000000000000","amount":"12.30","reference":null}"#;
    assert_eq!(serde_json::to_string(&event).unwrap(), json);
    assert_eq!(serde_json::from_str::<DepositMade>(json).unwrap(), event);
}
