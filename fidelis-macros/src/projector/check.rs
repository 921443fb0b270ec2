//! Each event has one method, which is pure: it returns a new row or changes the one it is given.

use syn::{Ident, ItemImpl, Path, Signature, Type};

use super::{Key, Method, Projector, Row, parse, parse::Options};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    options::{Fields, Opt},
    signature::{self, Taken},
};

const SHAPE: &str = "a method of a projector looks like one of these; each may also take `meta: &Metadata`:
    fn on_opened(&self, event: &AccountOpened) -> AccountSummary                     // a new row
    fn on_deposit(&self, summary: &mut AccountSummary, event: &DepositMade)          // changes its row
    fn on_closed(&self, summary: &mut Option<AccountSummary>, event: &AccountClosed) // creates, changes or deletes it";

pub(super) fn projector(item: &mut ItemImpl, options: Options, errors: &mut Errors) -> Option<Projector> {
    let projector = item::check_block("projector", item, errors);
    if options.projector_for.key().is_none() || options.aggregates.key().is_none() {
        errors.at(
            &item.self_ty,
            "a projector says what it writes and whose events it reads: `#[projector(projector_for = AccountSummary, aggregates = [Account])]`",
        );
    }
    let mut methods: Vec<Method> = Vec::new();
    let projector_for = options.projector_for.value();
    for marked in marks::methods(item, "on", errors) {
        let Some(method) = method(&marked, projector_for.as_ref(), errors) else {
            continue;
        };
        match methods.iter().find(|known| signature::name(&known.event) == signature::name(&method.event)) {
            Some(Method { name: first, event, .. }) => {
                let event = signature::name(event).map(ToString::to_string).unwrap_or_default();
                errors.at(&method.name, format!("`{first}` already handles `{event}`"));
            }
            None => methods.push(method),
        }
    }
    let aggregates = options.aggregates.value().map_or_else(Vec::new, |list| list.0);
    Some(Projector { projector: projector?, projector_for: projector_for?, aggregates, methods })
}

fn method(marked: &Marked, projector_for: Option<&Path>, errors: &mut Errors) -> Option<Method> {
    let signature = &marked.signature;
    let found = errors.len();
    let key = parse::key(marked.options(), errors);
    signature::refuse_generics(signature, errors);
    signature::refuse_other_objects(signature, errors);
    if let Some(asyncness) = &signature.asyncness {
        errors.at(asyncness, "projector methods are pure: they cannot be async");
    }
    let parameters = signature::parameters(signature);
    let (row, rest) = match parameters.split_first().map(|(first, rest)| (signature::taken(first), rest)) {
        Some((Taken::Exclusive(row), rest)) => (Some(row), rest),
        _ => (None, &parameters[..]),
    };
    let Some((event, metadata)) = event(rest, errors) else {
        errors.at(
            parameters
                .first()
                .map_or_else(|| quote::ToTokens::to_token_stream(&signature.ident), quote::ToTokens::to_token_stream),
            SHAPE,
        );
        return None;
    };
    let row = match row {
        Some(row) => changed(signature, row, projector_for?, key, errors)?,
        None => new(signature, key, errors),
    };
    (errors.len() == found).then(|| Method { name: signature.ident.clone(), event: event.clone(), row, metadata })
}

/// The event, and whether metadata is taken too.
fn event<'a>(parameters: &[&'a Type], errors: &mut Errors) -> Option<(&'a Type, bool)> {
    let (first, rest) = parameters.split_first()?;
    let Taken::Shared(event) = signature::taken(first) else {
        return None;
    };
    for parameter in rest {
        let is_metadata = matches!(signature::taken(parameter), Taken::Shared(of) if signature::name(of).is_some_and(|name| name == "Metadata"));
        if !is_metadata {
            errors.at(parameter, SHAPE);
        }
    }
    Some((event, !rest.is_empty()))
}

fn new(signature: &Signature, key: Opt<Fields>, errors: &mut Errors) -> Row {
    if let Some(key) = key.key() {
        errors.at(key, "a new row has its own key; `key` is for methods that take the row to change");
    }
    if signature::returned(signature).is_none() {
        errors.at(&signature.ident, SHAPE);
    }
    Row::New
}

fn changed(signature: &Signature, row: &Type, projector_for: &Path, key: Opt<Fields>, errors: &mut Errors) -> Option<Row> {
    if let Some(returned) = signature::returned(signature).filter(|returned| signature::inside("Result", returned).is_none()) {
        errors.at(returned, "a method that takes the row changes it in place and returns nothing, or a `Result<(), _>`");
    }
    let key = match key.value() {
        Some(Fields(first, rest)) => Key::Fields(first, rest),
        None => Key::OfAggregate,
    };
    let model: &Ident = &projector_for.segments.last()?.ident;
    let option = signature::inside("Option", row);
    if signature::name(option.unwrap_or(row)) != Some(model) {
        errors.at(row, format!("this projector writes `{model}`: take `&mut {model}` or `&mut Option<{model}>`"));
    }
    Some(if option.is_some() { Row::Replace(key) } else { Row::Change(key) })
}
