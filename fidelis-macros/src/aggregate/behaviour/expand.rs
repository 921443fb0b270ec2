//! What `#[aggregate]` adds to an impl block; `snapshots/aggregate_impl.rs` shows it.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, spanned::Spanned as _};

use super::{Apply, Behaviour};
use crate::spans::respan;

pub(super) fn behaviour(behaviour: &Behaviour) -> TokenStream {
    let Behaviour { aggregate, pre, post, .. } = behaviour;
    let events = match &behaviour.applies[..] {
        [] => TokenStream::new(),
        applies => events(behaviour, applies),
    };
    let (pre, post) = (rules(pre), rules(post));
    quote! {
        impl #aggregate {
            #[doc(hidden)]
            const __ALL_APPLY_AND_INVARIANT_METHODS_GO_IN_ONE_AGGREGATE_IMPL: () = ();
        }
        #events
        impl ::fidelis::__private::Invariants for #aggregate {
            const PRE: &'static [::fidelis::__private::Invariant<Self>] = &[#pre];
            const POST: &'static [::fidelis::__private::Invariant<Self>] = &[#post];
        }
    }
}

fn rules(methods: &[Ident]) -> TokenStream {
    let rules = methods.iter().map(|method| {
        let name = method.to_string();
        // Blamed on the method, should it return something else.
        quote_spanned!(method.span()=> ::fidelis::__private::Invariant { name: #name, check: Self::#method })
    });
    quote!(#(#rules),*)
}

/// The enum of all events, and dispatch over it.
fn events(behaviour: &Behaviour, applies: &[Apply]) -> TokenStream {
    let Behaviour { aggregate, ident, definition, .. } = behaviour;
    let set = format_ident!("{ident}Event", span = ident.span().resolved_at(Span::call_site()));
    let doc = format!(" Every event of [`{ident}`], from its `#[apply]` methods.");
    let types: Vec<_> = applies.iter().map(|apply| &apply.event).collect();
    let variants: Vec<_> = applies.iter().map(|apply| &apply.variant).collect();
    let docs = variants.iter().map(|variant| format!(" [`{variant}`]."));
    let indexes = 0..applies.len();
    let (places, indexes) = (indexes.clone().map(syn::Index::from), indexes.map(syn::Index::from));
    let each = applies.iter().map(|apply| one(behaviour, apply, &set));
    let replays = applies.iter().map(call);
    let unique = quote_spanned! {ident.span()=>
        const _: () = ::fidelis::__private::assert_unique(<#set as ::fidelis::EventSet>::EVENTS);
    };
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        pub enum #set {
            #(#[doc = #docs] #variants(#types),)*
        }
        #(#each)*
        impl ::fidelis::Replay for #aggregate {
            type Event = #set;
            const DEFINITION: u64 = #definition;

            #[inline]
            fn replay(&mut self, event: &#set) {
                match event {
                    #(#set::#variants(event) => #replays,)*
                }
            }
        }
        impl ::fidelis::EventSet for #set {
            const EVENTS: &'static [::fidelis::EventType] = &[#(::fidelis::EventType::of::<#types>()),*];

            #[inline]
            fn index(&self) -> usize {
                match self {
                    #(#set::#variants(_) => #indexes,)*
                }
            }

            fn encode(
                &self,
            ) -> ::core::result::Result<::std::boxed::Box<str>, ::fidelis::__private::PayloadError> {
                match self {
                    #(#set::#variants(event) => ::fidelis::__private::to_json(event),)*
                }
            }

            fn decode(
                index: usize,
                payload: &str,
            ) -> ::core::result::Result<Self, ::fidelis::__private::PayloadError> {
                match index {
                    #(#places => ::fidelis::__private::decode(payload).map(#set::#variants),)*
                    _ => ::core::unreachable!("an index is a place in `EVENTS`"),
                }
            }
        }
        #unique
    }
}

/// What one `#[apply]` method gives: the trait that `raise` asks for, and the way into the enum.
fn one(behaviour: &Behaviour, apply: &Apply, set: &Ident) -> TokenStream {
    let (aggregate, Apply { event, variant, .. }) = (&behaviour.aggregate, apply);
    let call = respan(call(apply), event.span());
    // Blamed on the event's type: that is what is wrong when the event is not of this aggregate.
    let applied = quote_spanned! {event.span()=>
        impl ::fidelis::Apply<#event> for #aggregate {
            #[inline]
            fn apply(&mut self, event: &#event) {
                #call
            }
        }
    };
    quote! {
        #applied
        impl ::core::convert::From<#event> for #set {
            fn from(event: #event) -> Self {
                #set::#variant(event)
            }
        }
    }
}

fn call(apply: &Apply) -> TokenStream {
    let Apply { name, is_fit, .. } = apply;
    if *is_fit { quote!(self.#name(event)) } else { quote!(::core::unreachable!("{:?}", event)) }
}
