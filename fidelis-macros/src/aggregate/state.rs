//! `#[aggregate(event_sourced)] struct Account { .. }`: the state.

mod check;
mod expand;
mod fact;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Field, Fields, Ident, ItemStruct, LitInt, Visibility, parse_quote};

use crate::{definition, derives, errors::Errors, item};

/// A well-formed aggregate.
struct State {
    ident: Ident,
    visibility: Visibility,
    stream: String,
    event_sourced: bool,
    on_replay: Option<OnReplay>,
    /// Its own fields.
    fields: Vec<Field>,
    /// The fields its facts state, when it has facts.
    facts: Option<Vec<Field>>,
    has_rules: bool,
    /// The fingerprint of how it is written.
    definition: LitInt,
}

/// What replay does with a history that breaks a rule.
enum OnReplay {
    Enforce,
    Report,
}

pub(super) fn state(options: TokenStream, mut item: ItemStruct) -> TokenStream {
    let mut errors = Errors::new();
    let definition = definition::of(quote!(#options #item));
    let options = parse::options(options, &mut errors);
    let state = check::state(&mut item, options, definition, &mut errors);
    derives::add(&mut item, derives::OF_AGGREGATES, &[]);
    let added = state.as_ref().map(expand::state).unwrap_or_default();
    if state.is_some() {
        add_root(&mut item);
    }
    item::finish("aggregate", &item.ident, &item, added, errors)
}

/// The one field that is added.
fn add_root(item: &mut ItemStruct) {
    if let Fields::Named(fields) = &mut item.fields {
        fields.named.push(parse_quote! {
            /// Identity, version and the events not yet stored; kept by Fidelis.
            #[serde(skip)]
            root: ::fidelis::Root<Self>
        });
    }
}
