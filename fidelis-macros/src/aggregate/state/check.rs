//! An aggregate has named fields, none of which is one that we add.

use syn::{Field, Fields, Ident, ItemStruct, LitInt};

use super::{OnReplay, State, parse::Options};
use crate::{derives, errors::Errors, item, options};

pub(super) fn state(item: &mut ItemStruct, options: Options, definition: LitInt, errors: &mut Errors) -> Option<State> {
    item::check_struct("aggregate", item, false, errors);
    item::refuse_marks(item, &[], errors);
    let has_root = refuse_field(item, "root", "every aggregate gets a field `root`; give this one another name", errors);
    let has_facts = options.fact_events.key().is_some();
    let has_id = has_facts && refuse_field(item, "id", "facts state the identity as `id`; give this field another name", errors);
    let stream = options::snake_name(options.name, &item.ident, errors);
    let on_replay = options.on_replay.value().and_then(|value| on_replay(&value, errors));
    if has_root || !item.generics.params.is_empty() || !matches!(item.fields, Fields::Named(_)) {
        return None;
    }
    Some(State {
        ident: item.ident.clone(),
        visibility: item.vis.clone(),
        stream,
        event_sourced: options.event_sourced.key().is_some(),
        on_replay,
        fields: item.fields.iter().cloned().collect(),
        facts: (has_facts && !has_id).then(|| item.fields.iter().map(fact_field).collect()),
        has_rules: derives::has_rules(item),
        definition,
    })
}

/// Refuses a field that would stand beside one of the same name; whether there is one.
fn refuse_field(item: &ItemStruct, name: &str, message: &str, errors: &mut Errors) -> bool {
    let field = item.fields.iter().filter_map(|field| field.ident.as_ref()).find(|field| *field == name);
    if let Some(field) = field {
        errors.at(field, message);
    }
    field.is_some()
}

fn on_replay(value: &Ident, errors: &mut Errors) -> Option<OnReplay> {
    if value == "enforce" {
        return Some(OnReplay::Enforce);
    }
    if value == "report" {
        return Some(OnReplay::Report);
    }
    errors.at(value, "`on_replay` is `enforce` or `report`");
    None
}

/// A field as the fact has it: without rules, for it states what is.
fn fact_field(field: &Field) -> Field {
    let mut field = field.clone();
    field.attrs.retain(|attribute| ["doc", "serde", "cfg"].iter().any(|kept| attribute.path().is_ident(kept)));
    field
}
