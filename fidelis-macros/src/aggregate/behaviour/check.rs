//! Each event is applied by one method, which is pure; options belong to the struct.

use proc_macro2::{Span, TokenStream};
use quote::format_ident;
use syn::{ItemImpl, LitInt, Path, Signature, Type};

use super::{Apply, Behaviour, invariant};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    signature::{self, Object, Taken},
};

pub(super) fn behaviour(options: TokenStream, item: &mut ItemImpl, definition: LitInt, errors: &mut Errors) -> Option<Behaviour> {
    if !options.is_empty() {
        errors.at(options, "options of an aggregate go on its struct: `#[aggregate(event_sourced)] struct Account { .. }`");
    }
    let aggregate = item::check_block("aggregate", item, errors);
    let marked = marks::methods(item, "apply", errors);
    let applies = marked.iter().filter_map(|marked| apply(marked, errors)).collect();
    let applies = distinct(applies, errors);
    let (pre, post) = invariant::invariants(item, errors);
    let aggregate = aggregate?;
    Some(Behaviour { ident: signature::last(&aggregate).clone(), aggregate, applies, pre, post, definition })
}

/// The methods without those that apply what another one applies.
fn distinct(applies: Vec<Apply>, errors: &mut Errors) -> Vec<Apply> {
    let mut distinct: Vec<Apply> = Vec::new();
    for mut apply in applies {
        let Some(Apply { event, name: first, .. }) = distinct.iter().find(|known| known.variant == apply.variant) else {
            distinct.push(apply);
            continue;
        };
        let variant = &apply.variant;
        if signature::text(event) == signature::text(&apply.event) {
            errors.at(&apply.name, format!("`{first}` already applies `{variant}`"));
            continue;
        }
        errors.at(&apply.event, format!("another event here is written `{variant}` too: import one of them under another name"));
        apply.variant = format_ident!("{variant}{}", distinct.len(), span = Span::call_site());
        apply.is_fit = false;
        distinct.push(apply);
    }
    distinct
}

/// An `#[apply]` method; `None` when it is not to be seen which event it applies.
fn apply(marked: &Marked, errors: &mut Errors) -> Option<Apply> {
    let signature = &marked.signature;
    let found = errors.len();
    marked.refuse_options("apply", errors);
    signature::refuse_generics(signature, errors);
    signature::refuse_async(signature, "apply handlers", errors);
    if signature::object(signature) != Object::Exclusive {
        let wrong = signature::or_name(signature.receiver(), signature);
        errors.at(wrong, "an apply handler changes its aggregate: it takes `&mut self`");
    }
    if let Some(returned) = signature::returned(signature) {
        errors.at(returned, "an apply handler cannot fail and returns nothing: the event has happened");
    }
    let event = event(signature, errors)?;
    let variant = signature::last(&event).clone();
    Some(Apply { event, variant, name: signature.ident.clone(), is_fit: errors.len() == found })
}

fn event(signature: &Signature, errors: &mut Errors) -> Option<Path> {
    let parameters = signature::parameters(signature);
    let [parameter] = parameters[..] else {
        errors.at(&signature.ident, "an apply handler takes one event: `fn on_deposit_made(&mut self, event: &DepositMade)`");
        return None;
    };
    let (event, is_borrowed) = match signature::taken(parameter) {
        Taken::Shared(event) => (event, true),
        Taken::Value(event) | Taken::Exclusive(event) => (event, false),
    };
    let Type::Path(path) = event else {
        errors.at(parameter, "an apply handler takes an event by the name of its type");
        return None;
    };
    if !is_borrowed {
        errors.at(parameter, format!("an apply handler borrows its event: `&{}`", signature::text(event)));
    }
    Some(path.path.clone())
}
