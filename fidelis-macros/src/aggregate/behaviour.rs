//! `#[aggregate] impl Account { .. }`: the methods that apply events, and the rules.

mod check;
mod expand;
mod invariant;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Ident, ItemImpl, LitInt, Path};

use crate::{definition, errors::Errors, item};

/// A well-formed block.
struct Behaviour {
    aggregate: Path,
    ident: Ident,
    applies: Vec<Apply>,
    pre: Vec<Ident>,
    post: Vec<Ident>,
    /// The fingerprint of how the block is written.
    definition: LitInt,
}

/// An `#[apply]` method.
struct Apply {
    event: Path,
    /// The variant of the generated enum.
    variant: Ident,
    /// The method.
    name: Ident,
    /// Whether the method was not refused: if it was, its event counts as applied, so that only the method is reported.
    is_fit: bool,
}

pub(super) fn behaviour(options: TokenStream, mut item: ItemImpl) -> TokenStream {
    let mut errors = Errors::new();
    let definition = definition::of(item.to_token_stream());
    let behaviour = check::behaviour(options, &mut item, definition, &mut errors);
    match behaviour {
        Some(behaviour) => item::finish("aggregate", &behaviour.ident, &item, expand::behaviour(&behaviour), errors),
        None => item::refused(&item, errors),
    }
}
