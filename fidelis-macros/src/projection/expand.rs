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
    let values = columns.iter().map(value);
    let taken = columns.iter().enumerate().map(|(place, column)| taken(place, column));
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
                let Self { #(#names),* } = self;
                ::fidelis::__private::Row::new([#(#values),*])
            }

            fn from_row(
                mut row: ::fidelis::__private::Row,
            ) -> ::core::result::Result<Self, ::fidelis::__private::RowError> {
                let table = <Self as ::fidelis::Projection>::TABLE;
                ::core::result::Result::Ok(Self {
                    #(#names: #taken,)*
                })
            }
        }
        #registered
    }
}

// All of a column is blamed on its type, should that not be one.

fn definition(Column { ident, ty, .. }: &Column) -> TokenStream {
    let name = ident.unraw().to_string();
    quote_spanned!(ty.span()=> ::fidelis::__private::ColumnDefinition::of::<#ty>(#name))
}

fn value(Column { ident, ty, .. }: &Column) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as ::fidelis::Column>::into_value(#ident))
}

fn taken(place: usize, Column { ty, .. }: &Column) -> TokenStream {
    let place = Index::from(place);
    let take = Ident::new("take", ty.span());
    quote!(row.#take::<#ty>(table, #place)?)
}

/// `AccountSummary::BALANCE`, for queries.
fn constant(place: usize, Column { ident, ty, visibility }: &Column) -> TokenStream {
    let name = ident.unraw().to_string();
    let constant = Ident::new(&name.to_uppercase(), ident.span().resolved_at(Span::call_site()));
    let doc = format!(" Column `{name}`, for queries.");
    let place = Index::from(place);
    let new = quote_spanned!(ty.span()=> ::fidelis::__private::Columns::new(#place));
    quote! {
        #[doc = #doc]
        #visibility const #constant: ::fidelis::__private::Columns<Self, #ty> = #new;
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
