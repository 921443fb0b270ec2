//! `#[aggregate] impl Account { .. }`: the methods that apply events, and the rules.

mod check;
mod expand;
mod invariant;

use proc_macro2::TokenStream;
use syn::{Ident, ItemImpl, Path};

use crate::{errors::Errors, item};

/// A well-formed block.
struct Behaviour {
    aggregate: Path,
    ident: Ident,
    applies: Vec<Apply>,
    pre: Vec<Ident>,
    post: Vec<Ident>,
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
    let behaviour = check::behaviour(options, &mut item, &mut errors);
    match behaviour {
        Some(behaviour) => item::finish("aggregate", &behaviour.ident, &item, expand::behaviour(&behaviour), errors),
        None => item::refused(&item, errors),
    }
}
