//! `#[event(part_of = Account)] struct DepositMade { .. }`: something that happened to an aggregate.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, LitInt, Path};

use crate::{definition, derives, errors::Errors, item};

/// A well-formed event.
struct Event {
    ident: Ident,
    part_of: Path,
    name: String,
    version: Option<LitInt>,
    has_rules: bool,
    /// The fingerprint of how it is written.
    definition: LitInt,
}

pub(crate) fn event(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::structure("event", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let definition = definition::of(quote!(#options #item));
    let options = parse::options(options, &mut errors);
    let event = check::event(&mut item, options, definition, &mut errors);
    derives::add(&mut item, derives::OF_MESSAGES, &[]);
    let added = event.as_ref().map(expand::event).unwrap_or_default();
    item::finish("event", &item.ident, &item, added, errors)
}
