//! What `#[event]` adds; `snapshots/event.rs` shows it.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};

use super::Event;
use crate::{derives, item, spans::respan};

pub(super) fn event(event: &Event) -> TokenStream {
    let Event { ident, part_of, name, version, has_rules, definition } = event;
    let version = version.as_ref().map(|version| quote!(const VERSION: u32 = #version;));
    let validated = derives::validated(ident, *has_rules);
    // Blamed on the event: that is what misses its `#[apply]`.
    let aggregate = respan(part_of.to_token_stream(), ident.span());
    let required = quote_spanned! {ident.span()=>
        const _: () = ::fidelis::__private::require_apply::<#aggregate, #ident>();
    };
    let registered = item::register(&quote!(Event(::fidelis::EventType::of::<#ident>())));
    quote! {
        impl ::fidelis::Event for #ident {
            type Aggregate = #part_of;
            const NAME: &'static str = #name;
            #version
            const DEFINITION: u64 = #definition;
        }
        impl ::fidelis::PartOf<#part_of> for #ident {}
        #validated
        #required
        #registered
    }
}
