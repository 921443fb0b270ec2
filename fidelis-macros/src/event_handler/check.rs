//! Each event has one method, which takes it by reference and may do anything.

use syn::{ItemImpl, Type};

use super::{Argument, EventHandler, Method, Selector, parse, parse::Options};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    signature::{self, Taken},
};

const SHAPE: &str = "a method of an event handler looks like one of these; each may also take `meta: &Metadata`:
    fn on_deposit_made(&self, event: &DepositMade)
    async fn on_deposit_made(&self, event: &DepositMade, ctx: &Context) -> Result<(), HandlerError>";

pub(super) fn event_handler(item: &mut ItemImpl, options: Options, errors: &mut Errors) -> Option<EventHandler> {
    let handler = item::check_block("event_handler", item, errors);
    if options.part_of.key().is_none() {
        errors.at(&item.self_ty, "an event handler belongs to one aggregate: `#[event_handler(part_of = Account)]`");
    }
    let marked = marks::methods(item, "handle", errors);
    let methods = marked.iter().filter_map(|marked| method(marked, errors)).collect();
    let methods = marks::distinct(methods, |method: &Method| (&method.name, method.event.text()), errors);
    let categories = options.categories.value().map_or_else(Vec::new, |list| list.0);
    Some(EventHandler { handler: handler?, part_of: options.part_of.value()?, categories, methods })
}

impl Selector {
    /// The event, for people.
    fn text(&self) -> String {
        match self {
            Selector::Type(event) => signature::text(event),
            Selector::Name(name) => name.value(),
        }
    }
}

fn method(marked: &Marked, errors: &mut Errors) -> Option<Method> {
    let signature = &marked.signature;
    let found = errors.len();
    let stored_type = parse::stored_type(marked, errors);
    signature::refuse_generics(signature, errors);
    signature::require_shared_object(signature, errors);
    if let Some(returned) = signature::returned(signature).filter(|returned| signature::inside("Result", returned).is_none()) {
        errors.at(returned, SHAPE);
    }
    let parameters = signature::parameters(signature);
    let first = parameters.first().copied();
    let event = match (first.map(signature::taken), stored_type) {
        (Some(Taken::Shared(message)), Some(stored_type)) => {
            if !signature::is(message, "Recorded") {
                errors.at(first, "a handler of a stored type takes `&Recorded`: what the payload holds is only known outside");
            }
            Selector::Name(stored_type)
        }
        (Some(Taken::Shared(event)), None) => {
            if signature::is(event, "Recorded") {
                errors.at(first, "say which stored type this handler takes: `#[handle(\"Fidelis.DepositMade.v1\")]`");
            }
            Selector::Type(Box::new(event.clone()))
        }
        _ => {
            errors.at(signature::or_name(first, signature), SHAPE);
            return None;
        }
    };
    let arguments = parameters[1..].iter().filter_map(|parameter| argument(parameter, errors)).collect();
    (errors.len() == found).then(|| Method {
        name: signature.ident.clone(),
        event,
        arguments,
        is_async: signature.asyncness.is_some(),
    })
}

fn argument(parameter: &Type, errors: &mut Errors) -> Option<Argument> {
    match signature::taken(parameter) {
        Taken::Shared(of) if signature::is(of, "Context") => Some(Argument::Context),
        Taken::Shared(of) if signature::is(of, "Metadata") => Some(Argument::Metadata),
        _ => {
            errors.at(parameter, SHAPE);
            None
        }
    }
}
