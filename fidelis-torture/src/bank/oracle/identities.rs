//! Identities follow from causes: those of steps and of the commands in them are worked out once more, from the format.

use uuid::Uuid;
use xxhash_rust::xxh3::Xxh3Default;

use crate::oracle::{Database, Finding};

/// What is wrong with the identities of steps and of the commands they issue; a few of each kind.
pub(super) fn check(database: &Database) -> Vec<Finding> {
    let steps =
        database.rows("select stream || ' at ' || position, id, manager, cause_kind, cause, causation, cause_name from steps");
    let steps = steps.iter().filter(|step| {
        let [_, Some(id), Some(manager), Some(kind), cause, causation, name] = &step[..] else { return true };
        let (base, label) = match &**kind {
            "event" | "rejected" | "failed" => (cause, manager.clone()),
            "answered" | "undo" | "undone" => (causation, "undoing".to_owned()),
            "timer" => (causation, format!("timer/{}", name.as_deref().unwrap_or_default())),
            _ => return true,
        };
        derived(base.as_deref().unwrap_or_default(), &label, 0).is_none_or(|derived| derived != *id)
    });
    let issued = database.rows("select stream || ' at step ' || step, id, step_id, place from issued");
    let issued = issued.iter().filter(|issued| {
        let [_, Some(id), Some(step), Some(place)] = &issued[..] else { return true };
        let place = place.parse().unwrap_or(u32::MAX);
        derived(step, "issued", place).is_none_or(|derived| derived != *id)
    });
    let finding = |check, row: &Vec<Option<String>>| Finding { check, at: row[0].clone().unwrap_or_default() };
    let steps = steps.take(super::PLACES).map(|row| finding("the identity of a step follows from its cause", row));
    let issued = issued.take(super::PLACES).map(|row| finding("the identity of a command follows from its step", row));
    steps.chain(issued).collect()
}

/// The identity of the `index`-th message of the kind `label` that `cause` leads to: a version 8 UUID, of which the first 48 bits are
/// those of the cause and the rest is XXH3-128 over it, the label and the index.
fn derived(cause: &str, label: &str, index: u32) -> Option<String> {
    let cause = Uuid::try_parse(cause).ok()?;
    let mut hasher = Xxh3Default::new();
    hasher.update(cause.as_bytes());
    hasher.update(label.as_bytes());
    hasher.update(&index.to_le_bytes());
    let mut bytes = hasher.digest128().to_be_bytes();
    bytes[..6].copy_from_slice(&cause.as_bytes()[..6]);
    bytes[6] = 0x80 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    Some(Uuid::from_bytes(bytes).to_string())
}
