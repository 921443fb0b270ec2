//! The fact event of an aggregate: a struct with all of its state.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Field;

use super::State;

/// `AccountFactEvent`
pub(super) fn name(aggregate: &syn::Ident) -> TokenStream {
    let span = aggregate.span().resolved_at(Span::call_site());
    format_ident!("{aggregate}FactEvent", span = span).into_token_stream()
}

pub(super) fn fact(state: &State, fields: &[Field]) -> TokenStream {
    let State { ident, visibility, .. } = state;
    let fact = name(ident);
    let fact_name = fact.to_string();
    let doc = format!(" The whole of an [`{ident}`], after each save.");
    let id_doc = format!(" Which [`{ident}`] it is.");
    let names = fields.iter().map(|field| &field.ident);
    let conditions = fields.iter().map(|field| field.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")));
    let values = names
        .zip(conditions)
        .map(|(name, conditions)| quote!(#(#conditions)* #name: ::core::clone::Clone::clone(&aggregate.#name)));
    quote! {
        #[doc = #doc]
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::fidelis::__private::Serialize,
            ::fidelis::__private::Deserialize
        )]
        #[serde(crate = "::fidelis::__private::serde")]
        #visibility struct #fact {
            #[doc = #id_doc]
            pub id: ::fidelis::Id<#ident>,
            #(#fields,)*
        }
        impl ::fidelis::Validated for #fact {}
        impl ::fidelis::Event for #fact {
            type Aggregate = #ident;
            const NAME: &'static str = #fact_name;
            const KIND: ::fidelis::MessageKind = ::fidelis::MessageKind::Fact;
        }
        impl ::fidelis::Fact for #fact {
            fn of(aggregate: &#ident) -> Self {
                Self { id: ::fidelis::Aggregate::id(aggregate), #(#values),* }
            }
        }
    }
}
