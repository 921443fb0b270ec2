//! Each event is applied by one method, which is pure; options belong to the struct.

use proc_macro2::TokenStream;
use syn::{Ident, ItemImpl, Path, Type};

use super::{Apply, Behaviour, invariant};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    signature::{self, Object, Taken},
};

pub(super) fn behaviour(options: TokenStream, item: &mut ItemImpl, errors: &mut Errors) -> Option<Behaviour> {
    if !options.is_empty() {
        errors.at(options, "options of an aggregate go on its struct: `#[aggregate(event_sourced)] struct Account { .. }`");
    }
    let aggregate = item::check_block("aggregate", item, errors);
    let mut applies: Vec<Apply> = Vec::new();
    for marked in marks::methods(item, "apply", errors) {
        let Some(apply) = apply(&marked, errors) else {
            continue;
        };
        match applies.iter().find(|known| known.variant == apply.variant) {
            Some(Apply { method: Some(first), variant, .. }) => {
                errors.at(&marked.signature.ident, format!("`{first}` already applies `{variant}`"));
            }
            Some(_) => (),
            None => applies.push(apply),
        }
    }
    let (pre, post) = invariant::invariants(item, errors);
    let aggregate = aggregate?;
    let ident = aggregate.segments.last()?.ident.clone();
    Some(Behaviour { aggregate, ident, applies, pre, post })
}

/// An `#[apply]` method; `None` when it is not to be seen which event it applies.
fn apply(marked: &Marked, errors: &mut Errors) -> Option<Apply> {
    let signature = &marked.signature;
    let before = errors.len();
    marked.refuse_options("apply", errors);
    signature::refuse_generics(signature, errors);
    if let Some(asyncness) = &signature.asyncness {
        errors.at(asyncness, "apply handlers are pure: they cannot be async");
    }
    match (signature.receiver(), signature::object(signature)) {
        (_, Object::Exclusive) => (),
        (Some(receiver), _) => errors.at(receiver, "an apply handler changes its aggregate: it takes `&mut self`"),
        (None, _) => errors.at(&signature.ident, "an apply handler changes its aggregate: it takes `&mut self`"),
    }
    if let Some(returned) = signature::returned(signature) {
        errors.at(returned, "an apply handler cannot fail and returns nothing: the event has happened");
    }
    let (event, variant) = event(signature, errors)?;
    Some(Apply { event, variant, method: (errors.len() == before).then(|| signature.ident.clone()) })
}

fn event(signature: &syn::Signature, errors: &mut Errors) -> Option<(Path, Ident)> {
    let parameters = signature::parameters(signature);
    let [parameter] = parameters[..] else {
        errors.at(&signature.ident, "an apply handler takes one event: `fn on_deposit_made(&mut self, event: &DepositMade)`");
        return None;
    };
    let event = match signature::taken(parameter) {
        Taken::Shared(event) => event,
        Taken::Value(event) | Taken::Exclusive(event) => {
            let name = signature::name(event).map_or_else(|| "Event".to_owned(), Ident::to_string);
            errors.at(parameter, format!("an apply handler borrows its event: `&{name}`"));
            event
        }
    };
    let Type::Path(path) = event else {
        if let Taken::Shared(_) = signature::taken(parameter) {
            errors.at(parameter, "an apply handler takes an event by its type's name");
        }
        return None;
    };
    Some((path.path.clone(), path.path.segments.last()?.ident.clone()))
}
