//! Each check finds what it is there for, and nothing in a log that is in order.

use rusqlite::Connection;

use super::{CHECKS, LOG_CHECKS, Verdict, sqlite};

/// Three commits: two records over two streams, a refusal, and one record that the follower parks.
const IN_ORDER: &str = "
    create table log (position, stream, stream_position, time, id, key text, part, parts, account, amount, expected);
    insert into log values
        (1, 'a-1', 0, 10, 'x1', 'k1', 0, 2, '1', 5, -1),
        (2, 'a-2', 0, 10, 'x2', 'k1', 1, 2, '2', -3, null),
        (3, 'a-1', 1, 11, 'x3', 'k3', 0, 1, '1', 13, 0);
    create table settled (command text, position);
    insert into settled values ('c1', 2), ('c2', 2), ('c3', 3);
    create table checkpoints (name text, position);
    insert into checkpoints values ('torture.balances', 3), ('torture.totals', 3);
    create table parked (name text, position);
    insert into parked values ('torture.totals', 3);
    create table commits (key text, parts);
    insert into commits values ('k1', 2), ('k2', 0), ('k3', 1);
    create table balances (account text, amount, changes);
    insert into balances values ('1', 18, 2), ('2', -3, 1);
    create table totals (account text, amount, changes);
    insert into totals values ('1', 5, 1), ('2', -3, 1);
    create table calls (key text, command text, answer text);
    insert into calls values ('k1', 'c1', 'done'), ('k2', 'c2', 'done'), ('k3', 'c3', null), ('k4', 'c4', 'conflict');
";

fn verdict(change: &str) -> Verdict {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(IN_ORDER).unwrap();
    connection.execute_batch(change).unwrap();
    sqlite::ask(&connection, &[CHECKS, LOG_CHECKS].concat()).unwrap()
}

#[test]
fn a_log_in_order_is_clean() {
    let verdict = verdict("");
    verdict.must_be_clean("nothing was changed");
    assert_eq!(verdict.records, 3);
}

#[test]
fn every_check_finds_what_it_is_there_for() {
    let mistakes = [
        ("what was acknowledged is there", "insert into calls values ('k9', 'c9', 'done')"),
        ("what was refused is not there", "update calls set answer = 'failed' where key = 'k3'"),
        ("what was refused is not there", "update calls set answer = 'conflict' where key = 'k2'"),
        ("nothing is there that nobody called", "delete from calls where key = 'k3'"),
        ("a commit is there whole, and once", "delete from log where position = 2"),
        ("a commit is there whole, and once", "insert into log values (4, 'a-1', 2, 12, 'x4', 'k3', 0, 1, '1', 13, null)"),
        ("the records of a commit stand together", "update log set position = 5 - position where position > 1"),
        ("records and settlement come together", "delete from settled where command = 'c3'"),
        ("a command is settled once, where its records end", "update settled set position = 1 where command = 'c1'"),
        ("a command is settled once, where its records end", "insert into settled values ('c2', 3)"),
        ("rows and settlement come together", "delete from commits where key = 'k2'"),
        ("rows and settlement come together", "delete from settled where command = 'c2'"),
        ("rows and records come together", "update commits set parts = 1 where key = 'k1'"),
        ("positions are gapless from 1", "update log set position = 5 where position = 3"),
        ("positions are gapless from 1", "update log set position = position - 1"),
        ("positions are gapless from 1", "update log set position = 2 where position = 3"),
        ("positions in a stream are gapless from 0", "update log set stream_position = 2 where position = 3"),
        ("positions in a stream are gapless from 0", "update log set stream_position = 0 where position = 3"),
        ("a stream and the log have one order", "update log set stream_position = 1 - stream_position where stream = 'a-1'"),
        ("time never runs backwards", "update log set time = 9 where position = 2"),
        ("identities are used once", "update log set id = 'x1'"),
        ("an append met the version it expected", "update log set expected = 5 where position = 3"),
        ("rows within commits are a fold of the log", "update balances set amount = 17 where account = '1'"),
        ("rows within commits are a fold of the log", "update balances set changes = 3 where account = '1'"),
        ("rows within commits are a fold of the log", "insert into balances values ('7', 0, 0)"),
        ("rows within commits are a fold of the log", "delete from balances where account = '2'"),
        ("the checkpoint of a fold within commits is where the log ends", "update checkpoints set position = 2"),
        ("rows that follow are a fold of the log up to their checkpoint", "update totals set amount = 4 where account = '1'"),
        (
            "rows that follow are a fold of the log up to their checkpoint",
            "update checkpoints set position = 1 where name = 'torture.totals'",
        ),
        ("what is parked is what was refused up to the checkpoint", "delete from parked"),
        ("what is parked is what was refused up to the checkpoint", "insert into parked values ('torture.totals', 1)"),
        ("no checkpoint is ahead of the log", "update checkpoints set position = 4"),
    ];
    for (check, change) in mistakes {
        let verdict = verdict(change);
        assert!(verdict.names(check), "`{check}` did not find `{change}`, only {:?}", verdict.findings);
    }
    for check in CHECKS.iter().chain(LOG_CHECKS) {
        assert!(mistakes.iter().any(|(name, _)| *name == check.name), "nothing shows that `{}` finds anything", check.name);
    }
}

#[test]
fn a_call_without_an_answer_that_happened_is_named() {
    let with_key = "update log set key = '1.2.3' where position = 3; update commits set key = '1.2.3' where key = 'k3'; \
                    update calls set key = '1.2.3' where key = 'k3'";
    let happened: Vec<_> = verdict(with_key).happened.iter().map(ToString::to_string).collect();
    assert_eq!(happened, ["1.2.3"]);
}
