//! `#[derive(Column)]`: own types as columns of read models.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, Member, Type};

use crate::{errors::Errors, print};

/// A well-formed type.
struct Column {
    ident: Ident,
    kind: Kind,
}

enum Kind {
    /// A struct of one field: a column like that of the field.
    Wrapper { field: Member, ty: Box<Type> },
    /// An enum of plain variants: a text.
    Names(Vec<(Ident, String)>),
}

pub(crate) fn column(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let column = parse::item(tokens, &mut errors).and_then(|item| check::column(&item, &mut errors));
    let added = column.as_ref().map(expand::column).unwrap_or_default();
    if let Some(column) = &column {
        print::if_asked("derive(Column)", &column.ident, &added);
    }
    let errors = errors.finish();
    quote::quote!(#added #errors)
}
