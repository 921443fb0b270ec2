//! What `#[projector]` adds; `snapshots/projector.rs` shows it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Key, Method, Projector, Row};
use crate::{item, spans::respan};

pub(super) fn projector(projector: &Projector) -> TokenStream {
    let Projector { projector: object, projector_for, aggregates, methods } = projector;
    let methods = methods.iter().map(|method| one(projector, method));
    item::register(&quote! {
        Projector(::fidelis::__private::ProjectorRow {
            projector: ::fidelis::__handler_instance!(#object),
            table: ::fidelis::__private::table_of::<#projector_for>(),
            aggregates: &[#(<#aggregates as ::fidelis::Aggregate>::STREAM),*],
            methods: &[#(#methods),*],
        })
    })
}

fn one(projector: &Projector, method: &Method) -> TokenStream {
    let Method { name, event, row, .. } = method;
    let method_name = name.to_string();
    let key = match row {
        Row::New => quote!(::core::option::Option::None),
        Row::Change(key) | Row::Replace(key) => {
            let key = self::key(projector, method, key);
            quote!(::core::option::Option::Some(#key))
        }
    };
    let call = call(projector, method);
    quote! {
        ::fidelis::__private::ProjectorMethod {
            name: #method_name,
            event: ::fidelis::EventType::of::<#event>(),
            key: #key,
            call: #call,
        }
    }
}

/// Where the key of the row comes from.
fn key(Projector { projector_for, .. }: &Projector, Method { event, .. }: &Method, key: &Key) -> TokenStream {
    match key {
        // Blamed on the event's type: that is what does not say which row it changes.
        Key::OfAggregate => respan(quote!(::fidelis::__private::row_key::<#projector_for, #event>), event.span()),
        Key::Fields(first, rest) => {
            // Blamed on the fields, should the event not have them or the key be of another type.
            let span = first.span();
            let value = match &rest[..] {
                [] => quote_spanned!(span=> event.#first),
                rest => quote_spanned!(span=> (event.#first, #(event.#rest),*)),
            };
            quote_spanned! {span=>
                |message| {
                    let event = message.decode::<#event>()?;
                    ::core::result::Result::Ok(::fidelis::__private::key_from::<#projector_for>(#value))
                }
            }
        }
    }
}

fn call(Projector { projector, projector_for, .. }: &Projector, method: &Method) -> TokenStream {
    let Method { name, event, metadata, row } = method;
    // Blamed on the method, should it return something else.
    let span = name.span();
    let metadata = metadata.then(|| quote_spanned!(span=> , &message.metadata));
    let fold = match row {
        Row::New => quote_spanned! {span=>
            let new = ::fidelis::__private::new_row::<#projector_for>(projector.#name(&event #metadata))?;
            row.put(new);
            ::core::result::Result::Ok(())
        },
        Row::Change(_) => quote_spanned! {span=>
            row.update(|row: &mut #projector_for| {
                ::fidelis::HandlerResult::into_result(projector.#name(row, &event #metadata))
            })
        },
        Row::Replace(_) => quote_spanned! {span=>
            row.replace(|row: &mut ::core::option::Option<#projector_for>| {
                ::fidelis::HandlerResult::into_result(projector.#name(row, &event #metadata))
            })
        },
    };
    quote_spanned! {span=>
        |projector, message, row| {
            let projector = ::fidelis::__private::handler::<#projector>(projector);
            let event = message.decode::<#event>()?;
            #fold
        }
    }
}
