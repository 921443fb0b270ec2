//! What `#[event_handler]` adds; `snapshots/event_handler.rs` shows it.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::{Argument, EventHandler, Method, Selector};
use crate::item;

pub(super) fn event_handler(event_handler: &EventHandler) -> TokenStream {
    let EventHandler { handler, part_of, categories, methods } = event_handler;
    let methods = methods.iter().map(|method| one(event_handler, method));
    item::register(&quote! {
        EventHandler(::fidelis::__private::EventHandlerRow {
            handler: ::fidelis::__handler_instance!(#handler),
            part_of: <#part_of as ::fidelis::Aggregate>::STREAM,
            categories: &[#(#categories),*],
            methods: &[#(#methods),*],
        })
    })
}

fn one(EventHandler { handler, .. }: &EventHandler, method: &Method) -> TokenStream {
    let Method { name, event, arguments, is_async } = method;
    let method_name = name.to_string();
    // Blamed on the method: a future that cannot move between threads is its.
    let span = name.span();
    let (selector, decode, event) = match event {
        Selector::Type(event) => (
            quote!(Type(::fidelis::EventType::of::<#event>())),
            quote_spanned!(span=> let event = message.decode::<#event>()?;),
            quote_spanned!(span=> &event),
        ),
        Selector::Name(stored_type) => (quote!(Name(#stored_type)), TokenStream::new(), quote_spanned!(span=> message)),
    };
    let takes_context = arguments.contains(&Argument::Context);
    let context = Ident::new(if takes_context { "context" } else { "_context" }, span);
    let arguments = arguments.iter().map(|argument| match argument {
        Argument::Context => quote_spanned!(span=> context),
        Argument::Metadata => quote_spanned!(span=> &message.metadata),
    });
    let wait = is_async.then(|| quote_spanned!(span=> .await));
    let call = quote_spanned! {span=>
        |handler, message, #context| ::std::boxed::Box::pin(async move {
            let handler = ::fidelis::__private::handler::<#handler>(handler);
            #decode
            ::fidelis::HandlerResult::into_result(handler.#name(#event #(, #arguments)*) #wait)
        })
    };
    quote! {
        ::fidelis::__private::EventMethod {
            name: #method_name,
            event: ::fidelis::__private::EventSelector::#selector,
            call: #call,
        }
    }
}
