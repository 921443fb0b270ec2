//! Each check of a bank finds what it is there for, and nothing in a bank that is in order.

use fidelis_core::{Envelope, block_on};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{Answer, Key, Line};

/// A bank in which a little of everything has happened, at rest: money at the counter, a refusal, transfers that arrived, were refused,
/// and were given back, and a customer who left.
struct Bank {
    place: Place,
    history: History,
    _folder: TempDir,
}

impl Bank {
    fn at_rest() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::sqlite(folder.path().join("bank.db"));
        let mut history = History::default();
        block_on(happen(&place, &mut history));
        Bank { place, history, _folder: folder }
    }

    /// What is found when something is changed in the oracle's tables.
    fn judged(&self, change: &str) -> Seen {
        let database = Database::open(&self.place).unwrap();
        tables::make(&database);
        tables::tell(&database, &self.history);
        database.execute(change);
        examine(&database, &self.history, Moment::AtRest)
    }
}

async fn happen(place: &Place, history: &mut History) {
    let engine = fidelis_domain::domain().on_shared(place.open().await.unwrap()).start().await.unwrap();
    let mut number = 0;
    let mut ask = async |name: &str, payload: Value| {
        let key = Key { run: 1, caller: 0, number };
        number += 1;
        history.add(&Line::Calls(key));
        let answer = engine.process_json(name, &payload.to_string(), Envelope::identified(key.command())).await;
        let (told, answer) = match answer {
            Ok(receipt) => (receipt.value, Answer::Done),
            Err(error) => (format!("refused: {error}"), Answer::Failed),
        };
        history.add(&Line::Told(key, told.clone()));
        history.add(&Line::Answered(key, answer));
        told.trim_matches('"').to_owned()
    };
    let open = |deposit| json!({ "account_number": "ACC-1", "holder_name": "Ann", "opening_deposit": deposit });
    let [one, other, closed] = [
        ask("OpenAccount", open("100.00")).await,
        ask("OpenAccount", open("0.00")).await,
        ask("OpenAccount", open("0.00")).await,
    ];
    ask("CloseAccount", json!({ "account_id": closed, "reason": null })).await;
    ask("MakeDeposit", json!({ "account_id": one, "amount": "5.00", "reference": null })).await;
    ask("MakeWithdrawal", json!({ "account_id": other, "amount": "5.00", "reference": null })).await;
    for (from, to, amount) in [(&one, &other, "10.00"), (&one, &closed, "20.00"), (&other, &one, "999.00")] {
        ask("InitiateTransfer", json!({ "source_account_id": from, "destination_account_id": to, "amount": amount })).await;
    }
    ask("RequestClosure", json!({ "account_id": other, "pay_out_to": one })).await;
    engine.settle().await.unwrap();
}

#[test]
fn a_bank_in_order_is_clean() {
    let Seen { verdict, happened, .. } = Bank::at_rest().judged("");
    verdict.must_be_clean("nothing was changed");
    let Happened { completed, refused, given_back, closed, .. } = happened;
    assert_eq!([completed, refused, given_back, closed], [1; 4]);
}

const CONSERVED: &str = "money is conserved at every position";
const FOLD: &str = "a balance is a fold of what moved";
const OVERDRAWN: &str = "no account is ever overdrawn";
const CLOSED: &str = "nothing happens to a closed account, and there is nothing in it";
const UNDER_WAY: &str = "what is under way is nothing or the whole amount";
const MOVES: &str = "money moves for what was asked for, between its accounts, by its process";
const BETWEEN: &str = "money moves between the beginning and the end of what it moves for";
const ONCE: &str = "what was asked for begins once and ends once";
const DONE: &str = "what is done has moved its amount, once";
const UNDONE: &str = "what is undone has moved nothing, or has given it back";
const ACKNOWLEDGED: &str = "what was acknowledged is there, with its answer";
const REFUSED: &str = "what was refused is not there";
const LEADS_BACK: &str = "every record leads back to what somebody asked for";
const CHAIN: &str = "every record is of one chain with its cause, and behind it";
const ON_AN_EVENT: &str = "a step on an event names an event that was there before";
const IN_ITS_NAME: &str = "what a process has issued is carried out in its name";
const DASHBOARD: &str = "the dashboard is a fold of the log";
const REPORT: &str = "the report is what the last facts say";
const PROCESSES: &str = "the list of processes is what the last steps say";
const OVER: &str = "every process is over";
const ANSWERED: &str = "every call is answered";
const ALL_THERE_IS: &str = "every read model has all there is";

/// What must not be, and what finds it.
const MISTAKES: &[(&str, &str)] = &[
    (CONSERVED, "update facts set balance = balance + 1 where position = (select min(position) from facts)"),
    (CONSERVED, "delete from moves where mission is null and amount > 0"),
    (FOLD, "update facts set balance = balance + 1 where position = (select max(position) from facts)"),
    (OVERDRAWN, "update moves set amount = -1000000 where position = 1"),
    (OVERDRAWN, "update facts set balance = -1 where position = (select max(position) from facts)"),
    (CLOSED, "update closings set position = 0"),
    (CLOSED, "insert into closings select * from closings"),
    (CLOSED, "update facts set balance = 1 where status = 'CLOSED'"),
    (UNDER_WAY, "update under_way set amount = amount - 1 where amount <> 0"),
    (MOVES, "update moves set process = null"),
    (MOVES, "update moves set process = 'fidelis::funds_transfer-1'"),
    (MOVES, "update moves set amount = 2 * amount where mission is not null"),
    (MOVES, "update moves set account = 'another' where mission is not null"),
    (MOVES, "update moves set mission = 'transfer:1' where mission is not null"),
    (BETWEEN, "update missions set begun = 1000"),
    (BETWEEN, "update endings set position = 1"),
    (ONCE, "insert into missions select * from missions"),
    (ONCE, "insert into endings select * from endings"),
    (ONCE, "delete from missions"),
    (DONE, "update endings set how = 'done'"),
    (DONE, "insert into moves select * from moves"),
    (UNDONE, "update endings set how = 'undone'"),
    (UNDONE, "delete from moves where amount > 0"),
    (ACKNOWLEDGED, "delete from settled"),
    (ACKNOWLEDGED, "update settled set accepted = 0"),
    (ACKNOWLEDGED, "update settled set answer = '\"another\"'"),
    ("what was acknowledged is in the log", "delete from log where position = 1"),
    ("what was asked for happened at most once", "insert into log select * from log where position = 1"),
    (REFUSED, "update calls set answer = 'failed'"),
    (REFUSED, "update calls set answer = 'failed'; delete from settled"),
    ("nothing is there that nobody called or issued", "delete from calls where key = '1.0.0'"),
    ("a command is settled once", "insert into settled select * from settled"),
    (LEADS_BACK, "update log set correlation = id where position = 1"),
    (LEADS_BACK, "update log set causation = null where position = 1"),
    (LEADS_BACK, "update log set causation = correlation || '1' where position = 1"),
    (CHAIN, "update log set correlation = (select command from calls where key = '1.0.1') where position = 1"),
    (CHAIN, "update log set correlation = (select command from calls where key = '1.0.1') where kind = 'transition'"),
    (CHAIN, "update log set position = 0 where kind = 'transition'"),
    (
        CHAIN,
        "update log set correlation = (select command from calls where key = '1.0.1') where process is not null and kind = 'event'",
    ),
    (CHAIN, "update log set position = 0 where process is not null and kind = 'event'"),
    ("a settlement stands where its records end", "update settled set position = position - 1"),
    ("records and settlement come together", "update settled set accepted = 0"),
    ("records and settlement come together", "delete from settled"),
    ("a cause leads to one step of a process", "insert into steps select * from steps"),
    (ON_AN_EVENT, "update steps set cause = id where cause_kind = 'event'"),
    (ON_AN_EVENT, "update steps set position = 0"),
    (ON_AN_EVENT, "update steps set causation = id"),
    ("a step says whose it is", "update steps set process = null"),
    ("a step and its checkpoint come together", "update checkpoints set position = 1"),
    ("no process goes on when it is over", "update steps set status = 'completed'"),
    ("a command is issued by one step", "insert into issued select * from issued"),
    ("what was issued happened at most once", "insert into log select * from log"),
    ("what a process has done it had issued", "delete from issued"),
    (IN_ITS_NAME, "update log set process = null"),
    (IN_ITS_NAME, "update issued set stream = 'fidelis::funds_transfer-00000000-0000-4000-8000-00000000dead'"),
    (DASHBOARD, "update summaries set balance = balance + 1"),
    (DASHBOARD, "update summaries set transactions = transactions + 1"),
    (DASHBOARD, "update summaries set time = '1'"),
    (DASHBOARD, "delete from summaries"),
    (DASHBOARD, "update checkpoints set position = 1"),
    (REPORT, "update reports set balance = balance + 1"),
    (REPORT, "update reports set status = 'another'"),
    (REPORT, "update reports set time = '1'"),
    (REPORT, "insert into reports select 'another', balance, status, time from reports limit 1"),
    (PROCESSES, "update processes set status = 'running'"),
    (PROCESSES, "update processes set step = '1'"),
    (PROCESSES, "update processes set steps = 1"),
    (PROCESSES, "update processes set time = '1'"),
    (PROCESSES, "delete from processes"),
    ("what was asked for has ended", "delete from endings"),
    (OVER, "update processes_now set status = 'stuck'"),
    (OVER, "delete from steps"),
    ("nothing is under way", "delete from moves where amount > 0"),
    (ANSWERED, "update calls set answer = null where key = '1.0.0'"),
    (ANSWERED, "update calls set answer = 'unknown' where key = '1.0.0'"),
    ("what was issued is answered", "delete from settled"),
    ("nothing is parked", "insert into parked values ('fidelis.AccountReportProjector', 1, null)"),
    ("no timer runs", "update processes set due_at = 1"),
    (ALL_THERE_IS, "delete from checkpoints where name = 'fidelis.AccountSummaryProjector'"),
    (ALL_THERE_IS, "delete from checkpoints where name = 'fidelis.AccountReportProjector'"),
    (ALL_THERE_IS, "delete from checkpoints where name = 'fidelis.ProcessSummaryProjector'"),
    ("the identity of a step follows from its cause", "update steps set id = causation"),
    ("the identity of a command follows from its step", "update issued set place = place + 1"),
];

#[test]
fn every_check_finds_what_it_is_there_for() {
    let bank = Bank::at_rest();
    for (check, change) in MISTAKES {
        let Seen { verdict, .. } = bank.judged(change);
        assert!(verdict.names(check), "`{check}` did not find `{change}`, only {:?}", verdict.findings);
    }
    // Those of any log are shown to find something where they are.
    for check in EVERYWHERE[1..].iter().chain([&at_rest::CHECKS]).copied().flatten() {
        assert!(MISTAKES.iter().any(|(name, _)| *name == check.name), "nothing shows that `{}` finds anything", check.name);
    }
}

#[test]
fn who_is_told_two_things_is_noticed() {
    let mut bank = Bank::at_rest();
    let first = Key { run: 1, caller: 0, number: 0 };
    bank.history.add(&Line::Told(first, "another".to_owned()));
    assert!(bank.judged("").verdict.names("who asks again is told the same"));
}

/// Else a night's log is looked at for longer than a night: what SQLite makes an index of for one value, it goes through for every row.
#[test]
fn no_check_compares_each_with_each() {
    let bank = Bank::at_rest();
    let database = Database::open(&bank.place).unwrap();
    tables::make(&database);
    tables::tell(&database, &bank.history);
    for check in EVERYWHERE.into_iter().chain([at_rest::CHECKS]).flatten() {
        let plan = database.rows(&format!("explain query plan {}", check.sql));
        let steps: Vec<_> = plan.into_iter().map(|row| row[3].clone().unwrap_or_default()).collect();
        assert!(!steps.iter().any(|step| step.contains("AUTOMATIC PARTIAL")), "{}: {steps:#?}", check.name);
    }
}
