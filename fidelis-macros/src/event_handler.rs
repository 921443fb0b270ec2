//! `#[event_handler(part_of = Account)] impl ComplianceAlertHandler { .. }`: what else happens when something happened.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, LitStr, Path, Type};

use crate::{errors::Errors, item, signature};

/// A well-formed block.
struct EventHandler {
    handler: Path,
    part_of: Path,
    categories: Vec<LitStr>,
    methods: Vec<Method>,
}

/// A `#[handle]` method.
struct Method {
    name: Ident,
    event: Selector,
    /// What it takes after the event, in its order.
    arguments: Vec<Argument>,
    is_async: bool,
}

/// Which events a method takes.
enum Selector {
    /// Of this type.
    Type(Box<Type>),
    /// Of this stored type.
    Name(LitStr),
}

/// What a method takes after the event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// `&Context`
    Context,
    /// `&Metadata`
    Metadata,
}

pub(crate) fn event_handler(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::block("event_handler", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    match check::event_handler(&mut item, options, &mut errors) {
        Some(handler) => {
            let name = signature::last(&handler.handler);
            item::finish("event_handler", name, &item, expand::event_handler(&handler), errors)
        }
        None => item::refused(&item, errors),
    }
}
