//! What `#[command]` adds; `snapshots/command.rs` and `command_identifier.rs` show it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::Command;
use crate::{derives, item};

pub(super) fn command(command: &Command) -> TokenStream {
    let Command { ident, part_of, name, version, identifier, has_rules } = command;
    let version = version.as_ref().map(|version| quote!(const VERSION: u32 = #version;));
    let validated = derives::validated(ident, *has_rules);
    let identity = identifier.as_ref().map(|_| {
        quote! {
            fn identity(&self) -> ::core::option::Option<::fidelis::Id<#part_of>> {
                ::core::option::Option::Some(::fidelis::Identified::identifier(self))
            }
        }
    });
    let identified = identifier.as_ref().map(|field| {
        // Blamed on the field, should its type not be the identity of the aggregate.
        let read = quote_spanned! {field.span()=>
            fn identifier(&self) -> ::fidelis::Id<#part_of> {
                self.#field
            }
        };
        quote!(impl ::fidelis::Identified<#part_of> for #ident { #read })
    });
    let required = quote_spanned! {ident.span()=>
        const _: () = ::fidelis::__private::require_handler::<#ident>();
    };
    let registered = item::register(&quote!(Command(::fidelis::__private::CommandType::of::<#ident>())));
    quote! {
        impl ::fidelis::Command for #ident {
            type Aggregate = #part_of;
            const NAME: &'static str = #name;
            #version
            #identity
        }
        #identified
        #validated
        #required
        #registered
    }
}
