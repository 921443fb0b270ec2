//! `#[projector(projector_for = AccountSummary, aggregates = [Account])] impl AccountSummaryProjector { .. }`: folds of events
//! into the rows of one read model.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, Path, Type};

use crate::{errors::Errors, item, signature};

/// A well-formed block.
struct Projector {
    projector: Path,
    projector_for: Path,
    aggregates: Vec<Path>,
    methods: Vec<Method>,
}

/// An `#[on]` method.
struct Method {
    name: Ident,
    event: Type,
    row: Row,
    /// Whether it takes `&Metadata`.
    metadata: bool,
}

/// What a method does to which row.
enum Row {
    /// Returns a new one.
    New,
    /// Changes one that exists: `&mut AccountSummary`.
    Change(Key),
    /// Creates, changes or deletes one: `&mut Option<AccountSummary>`.
    Replace(Key),
}

/// How the row is found.
enum Key {
    /// By the identity of the event's aggregate.
    OfAggregate,
    /// By these fields of the event: one, and more.
    Fields(Ident, Vec<Ident>),
}

pub(crate) fn projector(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::block("projector", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    match check::projector(&mut item, options, &mut errors) {
        Some(projector) => {
            let name = signature::last(&projector.projector);
            item::finish("projector", name, &item, expand::projector(&projector), errors)
        }
        None => item::refused(&item, errors),
    }
}
