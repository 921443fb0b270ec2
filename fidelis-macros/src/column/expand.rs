//! What `#[derive(Column)]` adds; `snapshots/column_wrapper.rs` and `column_enum.rs` show it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Member, Type};

use super::{Column, Kind};

pub(super) fn column(column: &Column) -> TokenStream {
    let ident = &column.ident;
    let body = match &column.kind {
        Kind::Wrapper { field, ty } => wrapper(field, ty),
        Kind::Names(names) => plain_enum(names),
    };
    quote! {
        impl ::fidelis::Column for #ident {
            #body
        }
    }
}

fn wrapper(field: &Member, ty: &Type) -> TokenStream {
    quote! {
        const TYPE: ::fidelis::projection::ColumnType = <#ty as ::fidelis::Column>::TYPE;
        const NULLABLE: bool = <#ty as ::fidelis::Column>::NULLABLE;

        fn into_value(self) -> ::fidelis::Value {
            <#ty as ::fidelis::Column>::into_value(self.#field)
        }

        fn from_value(value: ::fidelis::Value) -> ::core::result::Result<Self, ::fidelis::Value> {
            <#ty as ::fidelis::Column>::from_value(value).map(|value| Self { #field: value })
        }
    }
}

fn plain_enum(names: &[(Ident, String)]) -> TokenStream {
    let variants: Vec<_> = names.iter().map(|(variant, _)| variant).collect();
    let texts: Vec<_> = names.iter().map(|(_, text)| text).collect();
    quote! {
        const TYPE: ::fidelis::projection::ColumnType = ::fidelis::projection::ColumnType::Text;

        fn into_value(self) -> ::fidelis::Value {
            let text = match self {
                #(Self::#variants => #texts,)*
            };
            ::fidelis::Value::Text(::std::string::String::from(text))
        }

        fn from_value(value: ::fidelis::Value) -> ::core::result::Result<Self, ::fidelis::Value> {
            match &value {
                #(::fidelis::Value::Text(text) if text == #texts => ::core::result::Result::Ok(Self::#variants),)*
                _ => ::core::result::Result::Err(value),
            }
        }
    }
}
