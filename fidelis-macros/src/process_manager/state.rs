//! `#[process_manager(correlate = transfer_id)] struct FundsTransfer { .. }`: the state.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, ItemStruct, Type};

use crate::{derives, errors::Errors, item};

/// A well-formed state.
struct State {
    ident: Ident,
    stream: String,
    /// The field with the key, and its type; `None` when it was refused.
    key: Option<(Ident, Type)>,
    /// Its fields as they are written, to notice that they have changed.
    layout: String,
}

pub(super) fn state(options: TokenStream, mut item: ItemStruct) -> TokenStream {
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    let state = check::state(&mut item, options, &mut errors);
    // A field of an older state that is not known any more must not vanish without a word.
    derives::add(&mut item, derives::OF_AGGREGATES, &["deny_unknown_fields"]);
    let added = state.as_ref().map(expand::state).unwrap_or_default();
    item::finish("process_manager", &item.ident, &item, added, errors)
}
