//! The state of a process has named fields, one of which is its key; it has no rules.

use quote::ToTokens as _;
use syn::{Fields, Ident, ItemStruct, Type};

use super::{State, parse::Options};
use crate::{errors::Errors, item, options, signature};

pub(super) fn state(item: &mut ItemStruct, options: Options, errors: &mut Errors) -> Option<State> {
    item::check_struct("process_manager", item, false, errors);
    item::refuse_marks(item, &[], errors);
    refuse_rules(item, errors);
    if options.correlate.key().is_none() {
        errors.at(
            &item.ident,
            "a process manager says which field tells its processes apart: `#[process_manager(correlate = transfer_id)]`",
        );
    }
    let stream = options::snake_name(options.name, &item.ident, errors);
    if !item.generics.params.is_empty() || !matches!(item.fields, Fields::Named(_)) {
        return None;
    }
    let key = options.correlate.value().and_then(|key| Some((key.clone(), key_type(item, &key, errors)?)));
    Some(State { ident: item.ident.clone(), stream, key, layout: layout(item) })
}

fn key_type(item: &ItemStruct, key: &Ident, errors: &mut Errors) -> Option<Type> {
    let field = item.fields.iter().find(|field| field.ident.as_ref() == Some(key));
    if field.is_none() {
        errors.at(key, format!("`{}` has no field `{key}`; add it, or name the one that holds the key", item.ident));
    }
    field.map(|field| field.ty.clone())
}

fn refuse_rules(item: &ItemStruct, errors: &mut Errors) {
    let of_fields = item.fields.iter().flat_map(|field| &field.attrs);
    for rule in item.attrs.iter().chain(of_fields).filter(|attribute| attribute.path().is_ident("garde")) {
        errors.at(rule, "a process manager has no rules: the aggregates that it sends commands to keep theirs");
    }
}

/// The fields, with their types and what serde is told about them.
fn layout(item: &ItemStruct) -> String {
    let fields = item.fields.iter().map(|field| {
        let serde = field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).map(signature::text);
        let name = field.ident.to_token_stream();
        serde.chain([format!("{name}:{}", signature::text(&field.ty))]).collect::<String>()
    });
    fields.collect::<Vec<_>>().join(",")
}
