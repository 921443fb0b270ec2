//! What conditions and orders mean, as pure functions over the values of a row.
//!
//! The memory store selects with them; for stores that translate conditions to SQL they are the yardstick.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use super::{Comparison, Condition, Direction, Selection, Value};

/// Whether a condition holds for a row. One that is unknown, because it compares with null, does not.
pub fn holds(condition: &Condition, row: &[Value]) -> bool {
    evaluate(condition, row) == Some(true)
}

/// What a condition is for a row, in SQL's three-valued logic: `None` is unknown.
///
/// A value compared with null or with a value of another type is unknown, and so is a pattern for what is not a text. In an
/// empty list is nothing, not even null.
pub fn evaluate(condition: &Condition, row: &[Value]) -> Option<bool> {
    match condition {
        Condition::Compare { column, comparison, value } => compare(at(row, *column), value).map(|ordering| match comparison {
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Less => ordering.is_lt(),
            Comparison::LessOrEqual => ordering.is_le(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterOrEqual => ordering.is_ge(),
        }),
        Condition::In { column, values } => {
            let found = at(row, *column);
            let mut any = Some(false);
            for value in values {
                any = or(any, compare(found, value).map(Ordering::is_eq));
            }
            any
        }
        Condition::Like { column, pattern } => match at(row, *column) {
            Value::Text(text) => Some(like(pattern, text)),
            _ => None,
        },
        Condition::Null { column } => Some(*at(row, *column) == Value::Null),
        Condition::And(both) => match (evaluate(&both.0, row), evaluate(&both.1, row)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Condition::Or(either) => or(evaluate(&either.0, row), evaluate(&either.1, row)),
        Condition::Not(condition) => evaluate(condition, row).map(|holds| !holds),
    }
}

/// How two values compare: numbers and instants by size, texts by Unicode code point, identities by their bytes. `None` when one
/// is null or their types differ.
pub fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => None,
        _ if std::mem::discriminant(one) != std::mem::discriminant(other) => None,
        _ => Some(one.cmp(other)),
    }
}

/// Whether a text matches a pattern: `%` stands for any text, `_` for any one character, `\` takes the next character literally.
/// A `\` at the end of the pattern stands for itself.
pub fn like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What follows the last `%`, and where in the text it was tried.
    let mut retry = None;
    loop {
        let (mut next_pattern, mut next_text) = (pattern.clone(), text.clone());
        let fits = match (next_pattern.next(), next_text.next()) {
            (Some('%'), _) => {
                retry = Some((next_pattern.clone(), text.clone()));
                pattern = next_pattern;
                continue;
            }
            (None, None) => return true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some('_'), Some(_)) => true,
            (Some('\\'), Some(found)) => next_pattern.next().unwrap_or('\\') == found,
            (Some(literal), Some(found)) => literal == found,
        };
        if fits {
            (pattern, text) = (next_pattern, next_text);
            continue;
        }
        // `%` takes one character more.
        let Some((after, tried)) = &mut retry else { return false };
        if tried.next().is_none() {
            return false;
        }
        (pattern, text) = (after.clone(), tried.clone());
    }
}

/// Which of two rows comes first in a selection: by the columns asked for, null below everything, then by key.
pub fn compare_rows(selection: &Selection, one: &[Value], other: &[Value]) -> Ordering {
    let asked = selection.order.iter().map(|order| {
        let ordering = at(one, order.column).cmp(at(other, order.column));
        match order.direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        }
    });
    let by_key = selection.table.key.iter().map(|&column| at(one, column).cmp(at(other, column)));
    asked.chain(by_key).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn at(row: &[Value], column: usize) -> &Value {
    row.get(column).unwrap_or(&Value::Null)
}
