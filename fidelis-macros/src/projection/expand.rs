//! What `#[projection]` adds; `snapshots/projection.rs` and `projection_composite_key.rs` show it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Index, ext::IdentExt as _, spanned::Spanned as _};

use super::{Column, Projection};
use crate::item;

pub(super) fn projection(projection: &Projection) -> TokenStream {
    let Projection { ident, table, columns, key, indexes } = projection;
    let definitions = columns.iter().map(definition);
    let constants = columns.iter().enumerate().map(|(place, column)| constant(place, column));
    let names: Vec<_> = columns.iter().map(|column| &column.ident).collect();
    let places: Vec<_> = (0..columns.len()).map(Index::from).collect();
    let (key_type, key_value) = self::key(projection);
    let key = key.iter().copied().map(Index::from);
    let indexes = indexes.iter().copied().map(Index::from);
    let registered = item::register(&quote!(Projection(::fidelis::__private::table_of::<#ident>())));
    quote! {
        impl #ident {
            #(#constants)*
        }
        impl ::fidelis::Projection for #ident {
            const TABLE: &'static ::fidelis::__private::Table = &::fidelis::__private::Table {
                name: #table,
                columns: &[#(#definitions),*],
                key: &[#(#key),*],
                indexes: &[#(#indexes),*],
            };
            type Key = #key_type;

            fn key(&self) -> Self::Key {
                #key_value
            }

            fn into_row(self) -> ::fidelis::__private::Row {
                ::fidelis::__private::Row::new([#(::fidelis::Column::into_value(self.#names)),*])
            }

            fn from_row(
                mut row: ::fidelis::__private::Row,
            ) -> ::core::result::Result<Self, ::fidelis::__private::RowError> {
                let table = <Self as ::fidelis::Projection>::TABLE;
                ::core::result::Result::Ok(Self {
                    #(#names: row.take(table, #places)?,)*
                })
            }
        }
        #registered
    }
}

fn definition(Column { ident, ty, .. }: &Column) -> TokenStream {
    let name = ident.unraw().to_string();
    // Blamed on the field's type: that is what cannot be a column.
    quote_spanned!(ty.span()=> ::fidelis::__private::ColumnDefinition::of::<#ty>(#name))
}

/// `AccountSummary::BALANCE`, for queries.
fn constant(place: usize, Column { ident, ty, visibility }: &Column) -> TokenStream {
    let name = ident.unraw().to_string();
    let constant = Ident::new(&name.to_uppercase(), ident.span().resolved_at(Span::call_site()));
    let doc = format!(" Column `{name}`, for queries.");
    let place = Index::from(place);
    quote! {
        #[doc = #doc]
        #visibility const #constant: ::fidelis::__private::Columns<Self, #ty> = ::fidelis::__private::Columns::new(#place);
    }
}

/// The type of the key, and its value.
fn key(projection: &Projection) -> (TokenStream, TokenStream) {
    let columns: Vec<_> = projection.key.iter().map(|&place| &projection.columns[place]).collect();
    let types = columns.iter().map(|column| &column.ty);
    let values = columns.iter().map(|Column { ident, .. }| quote!(::core::clone::Clone::clone(&self.#ident)));
    match columns.len() {
        1 => (quote!(#(#types)*), quote!(#(#values)*)),
        _ => (quote!((#(#types),*)), quote!((#(#values),*))),
    }
}
