//! What `#[command_handler]` adds; `snapshots/command_handler.rs` shows it.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{Argument, CommandHandler, Method, Shape};
use crate::{item, spans::respan};

pub(super) fn command_handler(handler: &CommandHandler) -> TokenStream {
    handler.methods.iter().map(|method| one(handler, method)).collect()
}

fn one(CommandHandler { handler, part_of, .. }: &CommandHandler, method: &Method) -> TokenStream {
    let Method { name, command, .. } = method;
    let method_name = name.to_string();
    let output = match &method.shape {
        Some(Shape::Create { .. }) => quote!(::fidelis::Id<#part_of>),
        Some(Shape::Update { output, .. } | Shape::InContext { output }) => output.to_token_stream(),
        None => quote!(()),
    };
    let run = run(method);
    // Blamed on the command's type: that is what is handled twice, belongs elsewhere or names no aggregate.
    let part_of = respan(part_of.to_token_stream(), command.span());
    let handled = quote_spanned! {command.span()=>
        const _: () = ::fidelis::__private::require_part_of::<#part_of, #command>();
        impl ::fidelis::Handled for #command {
            type Handler = #handler;
            type Output = #output;

            fn handle(
                self,
                run: ::fidelis::Run<'_, Self>,
            ) -> impl ::core::future::Future<
                Output = ::core::result::Result<Self::Output, ::fidelis::Error>,
            > + ::core::marker::Send {
                #run
            }
        }
    };
    let registered = item::register(&quote! {
        CommandHandler(::fidelis::__private::CommandRow {
            name: <#command as ::fidelis::Command>::NAME,
            version: <#command as ::fidelis::Command>::VERSION,
            stream: <<#command as ::fidelis::Command>::Aggregate as ::fidelis::Aggregate>::STREAM,
            handler: ::fidelis::__handler_instance!(#handler),
            method: #method_name,
            process: ::fidelis::__private::process_json::<#command>,
        })
    });
    quote!(#handled #registered)
}

/// How the method is run: one call of one function that knows everything else.
fn run(method: &Method) -> TokenStream {
    let Some(shape) = &method.shape else {
        return quote_spanned!(method.command.span()=> async { ::core::unreachable!() });
    };
    let retry = method.retry;
    let (runner, parameters, in_context) = match shape {
        Shape::Create { in_context: false } => (quote!(create), [Argument::Id, Argument::Metadata].as_slice(), false),
        Shape::Update { in_context: false, .. } => (quote!(update), &[Argument::Aggregate, Argument::Metadata][..], false),
        Shape::Create { in_context: true } => (quote!(create_in_context), &[Argument::Id, Argument::Context][..], true),
        Shape::Update { in_context: true, .. } => {
            (quote!(update_in_context), &[Argument::Aggregate, Argument::Context][..], true)
        }
        Shape::InContext { .. } => (quote!(in_context), &[Argument::Context][..], true),
    };
    let runner = respan(runner, method.command.span());
    let name = &method.name;
    let parameters = parameters.iter().map(|parameter| closure_parameter(*parameter, &method.arguments));
    let arguments = method.arguments.iter().map(|argument| match argument {
        Argument::Aggregate => quote!(aggregate),
        Argument::Id => quote!(id),
        Argument::Context => quote!(context),
        Argument::Metadata if in_context => quote!(context.command()),
        Argument::Metadata => quote!(metadata),
    });
    let mut call = quote!(handler.#name(command #(, #arguments)*));
    if method.is_async {
        call = quote!(#call.await);
    }
    // Blamed on the method: a future that cannot move between threads is its.
    if in_context {
        let closure = quote!(|handler, command #(, #parameters)*| ::std::boxed::Box::pin(async move { #call }));
        let closure = respan(closure, name.span());
        return quote_spanned!(method.command.span()=> run.#runner(self, #retry, #closure));
    }
    let closure = respan(quote!(|handler, command #(, #parameters)*| #call), name.span());
    quote_spanned!(method.command.span()=> run.#runner(self, #closure))
}

/// The name of a parameter of the closure, with an underscore when the method has no use for it.
fn closure_parameter(parameter: Argument, used: &[Argument]) -> TokenStream {
    let is_used = used.contains(&parameter) || parameter == Argument::Context && used.contains(&Argument::Metadata);
    match (parameter, is_used) {
        (Argument::Aggregate, true) => quote!(aggregate),
        (Argument::Id, true) => quote!(id),
        (Argument::Context, true) => quote!(context),
        (Argument::Metadata, true) => quote!(metadata),
        (Argument::Aggregate, false) => quote!(_aggregate),
        (Argument::Id, false) => quote!(_id),
        (Argument::Context, false) => quote!(_context),
        (Argument::Metadata, false) => quote!(_metadata),
    }
}
