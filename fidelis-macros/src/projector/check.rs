//! Each event has one method, which is pure: it returns a new row or changes the one it is given.

use syn::{ItemImpl, Path, Signature, Type};

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
            "a projector says what it writes and whose events it reads: \
             `#[projector(projector_for = AccountSummary, aggregates = [Account])]`",
        );
    }
    let projector_for = options.projector_for.value();
    let marked = marks::methods(item, "on", errors);
    let methods = marked.iter().filter_map(|marked| method(marked, projector_for.as_ref(), errors)).collect();
    let methods = marks::distinct(methods, |method: &Method| (&method.name, signature::text(&method.event)), errors);
    let aggregates = options.aggregates.value().map_or_else(Vec::new, |list| list.0);
    Some(Projector { projector: projector?, projector_for: projector_for?, aggregates, methods })
}

fn method(marked: &Marked, projector_for: Option<&Path>, errors: &mut Errors) -> Option<Method> {
    let signature = &marked.signature;
    let found = errors.len();
    let key = parse::key(marked.options(), errors);
    signature::refuse_generics(signature, errors);
    signature::require_shared_object(signature, errors);
    signature::refuse_async(signature, "methods of a projector", errors);
    let parameters = signature::parameters(signature);
    let (row, rest) = match parameters.split_first().map(|(first, rest)| (signature::taken(first), rest)) {
        Some((Taken::Exclusive(row), rest)) => (Some(row), rest),
        _ => (None, &parameters[..]),
    };
    let Some((event, metadata)) = event(rest, errors) else {
        errors.at(signature::or_name(parameters.first(), signature), SHAPE);
        return None;
    };
    let row = match row {
        Some(row) => changed(signature, row, projector_for?, key, errors),
        None => new(signature, key, errors),
    };
    (errors.len() == found).then(|| Method { name: signature.ident.clone(), event: event.clone(), row, metadata })
}

/// The event, and whether metadata is taken too.
fn event<'a>(parameters: &[&'a Type], errors: &mut Errors) -> Option<(&'a Type, bool)> {
    let (first, rest) = parameters.split_first()?;
    let Taken::Shared(event) = signature::taken(first) else { return None };
    for (place, parameter) in rest.iter().enumerate() {
        let is_metadata = matches!(signature::taken(parameter), Taken::Shared(of) if signature::is(of, "Metadata"));
        if place > 0 || !is_metadata {
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

fn changed(signature: &Signature, row: &Type, projector_for: &Path, key: Opt<Fields>, errors: &mut Errors) -> Row {
    if let Some(returned) = signature::returned(signature).filter(|returned| signature::inside("Result", returned).is_none()) {
        errors.at(returned, "a method that takes the row changes it in place and returns nothing, or a `Result<(), _>`");
    }
    let key = match key.value() {
        Some(Fields(first, rest)) => Key::Fields(first, rest),
        None => Key::OfAggregate,
    };
    let model = signature::last(projector_for).to_string();
    let option = signature::inside("Option", row);
    if !signature::is(option.unwrap_or(row), &model) {
        errors.at(row, format!("this projector writes `{model}`: take `&mut {model}` or `&mut Option<{model}>`"));
    }
    if option.is_some() { Row::Replace(key) } else { Row::Change(key) }
}
