//! Random commits and selections, such that much of what they touch was touched before.

use super::{random::Random, reference::Reference};
use crate::{
    Column, MessageId, Value,
    conformance::{
        material::{BALANCES, NOTES, TABLES, VALUES, at, balance, note, stream, typed_event},
        write::Write,
    },
    projection::{ColumnType, Comparison, Condition, Direction, Order, Row, Selection, Table},
    store::{Commit, Expected, Failure, Outcome, Parked},
};

pub(super) const STREAMS: [&str; 6] = ["account-1", "account-2", "account-fact-1", "account:command-1", "transfer-1", "never-1"];
pub(super) const TYPES: [&str; 3] = ["Conformance.DepositMade.v1", "Conformance.DepositMade.v2", "Conformance.Closed.v1"];
pub(super) const SUBSCRIPTIONS: [&str; 2] = ["balances", "alerts"];
pub(super) const COMMANDS: [&str; 12] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];

pub(super) fn commit(random: &mut Random, reference: &Reference) -> Commit {
    let mut write = Write::at(at(random.below(1_000) as i64));
    for _ in 0..random.below(4) {
        // The last of the streams is never written.
        let name = STREAMS[random.below(STREAMS.len() as u64 - 1) as usize];
        let seen = reference.version(&stream(name));
        let expected = match random.below(16) {
            0 => Expected::NoStream,
            1 => Expected::Exists,
            2 => Expected::Version(random.below(5)),
            3..8 => Expected::Any,
            _ => Expected::seen(seen),
        };
        let records = (0..random.below(4)).map(|_| {
            let type_name = random.of(&TYPES);
            typed_event(type_name, &"x".repeat(random.below(30) as usize))
        });
        let records: Vec<_> = records.collect();
        // Once in a while the same stream twice.
        if random.once_in(6) || write.0.appends.iter().all(|append| append.stream != stream(name)) {
            write = write.records(name, expected, records);
        }
    }
    for _ in 0..random.below(6) {
        let table = random.of(&TABLES);
        let row = row(random, table);
        write = match random.below(6) {
            0 => write.delete(table, table.key_of(&row)),
            1 => write.delete_staged(table, table.key_of(&row)),
            2 | 3 => write.put_staged(table, row),
            _ => write.put(table, row),
        };
    }
    if random.once_in(6) {
        let table = random.of(&TABLES);
        write = if random.once_in(3) { write.stage(table) } else { write.promote(table) };
    }
    for name in SUBSCRIPTIONS {
        if random.once_in(3) {
            let from = if random.once_in(5) { random.below(20) } else { reference.checkpoint(name) };
            write = write.checkpoint(name, from, random.below(20));
        }
        if random.once_in(3) {
            write = write.park(parked(random, name));
        }
        if random.once_in(5) {
            write = write.take_back(name, random.below(6));
        }
    }
    if random.once_in(4) {
        let command = random.of(&COMMANDS);
        let position = reference.settlement(MessageId::named(command)).map_or(0, |settlement| settlement.position);
        write = write.prune(command, if random.once_in(4) { random.below(20) } else { position });
    }
    if random.once_in(3) {
        let (command, answer) = (random.of(&COMMANDS), random.below(100).to_string());
        let fingerprint = random.once_in(2).then(|| random.below(3));
        write = write.settle_as(command, fingerprint, Outcome::Accepted(Some(answer.into())));
    }
    write.0
}

fn parked(random: &mut Random, subscription: &str) -> Parked {
    let failure = random.once_in(2).then(|| Failure {
        error: random.below(100).to_string(),
        attempts: random.below(9) as u32,
        first: at(1),
        last: at(2),
        next: random.once_in(2).then(|| at(3)),
    });
    Parked { subscription: subscription.into(), stream: stream(random.of(&STREAMS)), position: random.below(6), failure }
}

pub(super) fn row(random: &mut Random, table: &Table) -> Row {
    if *table == BALANCES {
        return balance(random.of(&["", "a", "b", "é"]), random.below(5) as i64);
    }
    if *table == NOTES {
        let words = random.of(&[None, Some("a"), Some("b")]);
        return note(u128::from(random.below(2)), random.below(3) as i64, words);
    }
    let name = Value::Text(random.of(&["a", "b", "c", "d", "e", "f"]).to_owned());
    let others = VALUES.columns[1..].iter().map(|column| value(random, column.column_type, 4));
    Row::new(std::iter::once(name).chain(others).collect::<Vec<_>>())
}

/// A value of a type; null once in so many times.
fn value(random: &mut Random, column_type: ColumnType, null_once_in: u64) -> Value {
    if random.once_in(null_once_in) {
        return Value::Null;
    }
    let number = random.below(4) as i64 - 1;
    match column_type {
        ColumnType::Boolean => Value::Boolean(number > 0),
        ColumnType::Integer => Value::Integer(number * 10),
        ColumnType::Decimal => Value::Decimal(rust_decimal::Decimal::new(number * 15, 1)),
        ColumnType::Text => Value::Text(random.of(&["", "a", "A", "ab", "a%b", "aé", "👍"]).to_owned()),
        ColumnType::Timestamp => at(number).into_value(),
        ColumnType::Uuid => uuid::Uuid::from_u128(u128::from(number.unsigned_abs())).into_value(),
        ColumnType::Json => Value::Json(format!("[{number}]")),
    }
}

pub(super) fn selection(random: &mut Random, table: &'static Table) -> Selection {
    let order = (0..random.below(3))
        .map(|_| Order { column: orderly(random, table), direction: random.of(&[Direction::Ascending, Direction::Descending]) });
    let order = order.collect();
    let condition = (!random.once_in(4)).then(|| condition(random, table, 3));
    let limit = random.of(&[0, 1, 3, u64::MAX]);
    Selection { table, condition, order, offset: random.below(4), limit, count: random.once_in(2) }
}

fn condition(random: &mut Random, table: &Table, depth: u64) -> Condition {
    let column = orderly(random, table);
    let column_type = table.columns[column].column_type;
    match random.below(if depth == 0 { 4 } else { 8 }) {
        0 => Condition::Null { column },
        1 if column_type == ColumnType::Text => {
            Condition::Like { column, pattern: random.of(&["%", "a%", "_", r"a\%_", "%é", "A", ""]).to_owned() }
        }
        1 | 2 => {
            let values = (0..random.below(4)).map(|_| value(random, column_type, 9)).collect();
            Condition::In { column, values }
        }
        3 | 4 => Condition::Compare {
            column,
            comparison: random.of(&[
                Comparison::Equal,
                Comparison::NotEqual,
                Comparison::Less,
                Comparison::LessOrEqual,
                Comparison::Greater,
                Comparison::GreaterOrEqual,
            ]),
            value: value(random, column_type, 9),
        },
        5 => Condition::Not(Box::new(condition(random, table, depth - 1))),
        6 => Condition::And(Box::new((condition(random, table, depth - 1), condition(random, table, depth - 1)))),
        _ => Condition::Or(Box::new((condition(random, table, depth - 1), condition(random, table, depth - 1)))),
    }
}

/// A column that can be compared: nested values cannot.
fn orderly(random: &mut Random, table: &Table) -> usize {
    loop {
        let column = random.below(table.columns.len() as u64) as usize;
        if table.columns[column].column_type != ColumnType::Json {
            return column;
        }
    }
}
