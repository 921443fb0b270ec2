//! Expected messages beside those that came.

use super::Expectation;
use crate::{EventType, MessageKind, Recorded, StreamName, TypeName, testing::fields::Fields};

/// A message that came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub(in crate::testing) type_name: TypeName,
    pub(in crate::testing) kind: MessageKind,
    pub(in crate::testing) stream: Option<StreamName>,
    pub(in crate::testing) payload: Box<str>,
}

impl Seen {
    pub(in crate::testing) fn of(record: &Recorded) -> Self {
        Seen {
            type_name: record.metadata.type_name.clone(),
            kind: record.metadata.kind,
            stream: Some(record.metadata.stream.clone()),
            payload: record.payload.clone(),
        }
    }

    /// The name without the domain, and without a first version: `DepositMade`, `DepositMade.v2`.
    pub(in crate::testing) fn name(&self) -> &str {
        let name = self.type_name.as_str();
        let name = name.split_once('.').map_or(name, |(_, name)| name);
        name.strip_suffix(".v1").unwrap_or(name)
    }

    /// As a person would write it.
    pub(in crate::testing) fn text(&self) -> String {
        Fields::read(&self.payload).on_one_line(self.name())
    }
}

impl Expectation {
    fn is_named(&self, domain: &str, seen: &Seen) -> bool {
        TypeName::new(domain, self.name, self.version) == seen.type_name
    }

    fn is(&self, domain: &str, seen: &Seen) -> bool {
        self.is_named(domain, seen) && (self.difference)(&seen.payload).is_none()
    }
}

/// Compares one by one: exactly these, in this order.
///
/// # Errors
/// Both lists beside each other, with what differs.
pub(in crate::testing) fn compare(domain: &str, expected: &[Expectation], seen: &[Seen]) -> Result<(), Vec<String>> {
    let (mut lines, mut same) = (Vec::new(), true);
    for index in 0..expected.len().max(seen.len()) {
        let mut line = |mark: &str, text: &str| lines.push(format!("{:>2} {mark} {text}", index + 1));
        match (expected.get(index), seen.get(index)) {
            (Some(expected), Some(seen)) if expected.is(domain, seen) => line("=", &seen.text()),
            (Some(expected), Some(seen)) if expected.is_named(domain, seen) => {
                same = false;
                line("≠", &seen.text());
                lines.extend((expected.difference)(&seen.payload).into_iter().flatten().map(|line| format!("       {line}")));
            }
            (expected, seen) => {
                same = false;
                if let Some(expected) = expected {
                    line("-", &format!("missing: {}", expected.text));
                }
                if let Some(seen) = seen {
                    line("+", &format!("unexpected: {}", seen.text()));
                }
            }
        }
    }
    if same { Ok(()) } else { Err(lines) }
}

/// Looks for the expected ones in their order; others may stand between them.
///
/// # Errors
/// The first that was not found after those before it, and all that came.
pub(in crate::testing) fn compare_in_order(domain: &str, expected: &[Expectation], seen: &[Seen]) -> Result<(), Vec<String>> {
    let mut rest = seen.iter();
    let missing = expected.iter().find(|expected| !rest.any(|seen| expected.is(domain, seen)));
    let Some(missing) = missing else {
        return Ok(());
    };
    let mut lines = vec![format!("not among them, or not in this order: {}", missing.text)];
    lines.extend(listed(seen));
    Err(lines)
}

/// Compares types only: exactly these, in this order.
///
/// # Errors
/// Both lists.
pub(in crate::testing) fn compare_types(domain: &str, expected: &[EventType], seen: &[Seen]) -> Result<(), Vec<String>> {
    if expected.iter().map(|event| event.type_name(domain)).eq(seen.iter().map(|seen| seen.type_name.clone())) {
        return Ok(());
    }
    let names: Vec<&str> = expected.iter().map(|event| event.name).collect();
    let mut lines = vec![format!("expected types: {}", names.join(", "))];
    lines.extend(listed(seen));
    Err(lines)
}

fn listed(seen: &[Seen]) -> Vec<String> {
    match seen {
        [] => vec!["none came".to_owned()],
        seen => seen.iter().enumerate().map(|(index, seen)| format!("{:>2} + {}", index + 1, seen.text())).collect(),
    }
}
