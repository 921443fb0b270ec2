//! `#[projection] struct AccountSummary { .. }`: a row of a read model.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, Type};

use crate::{derives, errors::Errors, item};

/// A well-formed read model.
struct Projection {
    ident: Ident,
    table: String,
    columns: Vec<Column>,
    /// Places of the columns of the key, in the order of the fields.
    key: Vec<usize>,
    /// Places of the columns with an index.
    indexes: Vec<usize>,
}

/// A field.
struct Column {
    ident: Ident,
    ty: Type,
    visibility: syn::Visibility,
}

pub(crate) fn projection(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::structure("projection", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    let projection = check::projection(&mut item, options, &mut errors);
    derives::add(&mut item, derives::OF_MESSAGES, &[]);
    let added = projection.as_ref().map(expand::projection).unwrap_or_default();
    item::finish("projection", &item.ident, &item, added, errors)
}
