//! What `#[aggregate]` adds to a struct; `snapshots/aggregate_struct.rs` and `aggregate_fact_events.rs` show it.

use proc_macro2::TokenStream;
use quote::quote;

use super::{OnReplay, State, fact};
use crate::{derives, item};

pub(super) fn state(state: &State) -> TokenStream {
    let State { ident, stream, event_sourced, fields, on_replay, has_rules, definition, .. } = state;
    let copies = fields.iter().map(|field| {
        let conditions = field.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let name = &field.ident;
        quote!(#(#conditions)* ::core::clone::Clone::clone_from(&mut self.#name, &other.#name);)
    });
    let name = ident.to_string();
    let storage = if *event_sourced { quote!(EventSourced) } else { quote!(StateStored) };
    let on_replay = on_replay.as_ref().map(|on_replay| {
        let on_replay = match on_replay {
            OnReplay::Enforce => quote!(Enforce),
            OnReplay::Report => quote!(Report),
        };
        quote!(const ON_REPLAY: ::fidelis::__private::OnReplay = ::fidelis::__private::OnReplay::#on_replay;)
    });
    let (facts, fact) = match &state.facts {
        Some(fields) => (fact::name(ident), fact::fact(state, fields)),
        None => (quote!(::fidelis::NoFacts), TokenStream::new()),
    };
    let validated = derives::validated(ident, *has_rules);
    let registered = item::register(&quote!(Aggregate(::fidelis::__private::AggregateRow::of::<#ident>())));
    quote! {
        impl ::fidelis::Aggregate for #ident {
            const NAME: &'static str = #name;
            const STREAM: &'static str = #stream;
            #on_replay
            const DEFINITION: u64 = #definition;
            type Storage = ::fidelis::#storage;
            type Facts = #facts;

            fn root(&self) -> &::fidelis::Root<Self> {
                &self.root
            }

            fn root_mut(&mut self) -> &mut ::fidelis::Root<Self> {
                &mut self.root
            }

            fn copy_from(&mut self, other: &Self) {
                #(#copies)*
                ::core::clone::Clone::clone_from(&mut self.root, &other.root);
            }
        }
        #validated
        #fact
        #registered
    }
}
