//! What `#[command_handler]` adds; `snapshots/command_handler_create.rs` and its neighbours show it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Path, spanned::Spanned as _};

use super::{Argument, CommandHandler, Kind, Method, Shape};
use crate::{item, spans::respan};

pub(super) fn command_handler(handler: &CommandHandler) -> TokenStream {
    handler.methods.iter().map(|method| one(handler, method)).collect()
}

fn one(CommandHandler { handler, part_of, .. }: &CommandHandler, method: &Method) -> TokenStream {
    let Method { name, command, shape, .. } = method;
    // Blamed on the command's type: that is what is handled twice, belongs elsewhere or names no aggregate.
    let span = command.span();
    let required = part_of.as_ref().map(|part_of| {
        let part_of = respan(part_of.to_token_stream(), span);
        quote_spanned!(span=> const _: () = ::fidelis::__private::require_part_of::<#part_of, #command>();)
    });
    let (output, run) = match shape {
        Some(shape) => (output(shape), run(handler, method, shape)),
        None => (quote!(()), quote_spanned!(span=> { let _ = run; async { ::core::unreachable!() } })),
    };
    let handled = quote_spanned! {span=>
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
    let method_name = name.to_string();
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
    quote!(#required #handled #registered)
}

fn output(Shape { kind, returned, .. }: &Shape) -> TokenStream {
    match kind {
        Kind::Create => quote!(::fidelis::Id<#returned>),
        Kind::Update | Kind::Neither => returned.to_token_stream(),
    }
}

/// How the method is run: by the function of `Run` that knows everything else.
fn run(handler: &Path, method: &Method, shape: &Shape) -> TokenStream {
    let (name, span) = (&method.name, method.name.span());
    let (runner, parameters) = match (&shape.kind, shape.in_context) {
        (Kind::Create, false) => ("create", &["id", "metadata"][..]),
        (Kind::Update, false) => ("update", &["aggregate", "metadata"][..]),
        (Kind::Create, true) => ("create_in_context", &["id", "context"][..]),
        (Kind::Update, true) => ("update_in_context", &["aggregate", "context"][..]),
        (Kind::Neither, _) => ("in_context", &["context"][..]),
    };
    let parameters = parameters.iter().map(|parameter| closure_parameter(parameter, method, shape));
    let arguments = method.arguments.iter().map(|argument| match argument {
        Argument::Aggregate(_) => quote_spanned!(span=> aggregate),
        Argument::Id => quote_spanned!(span=> id),
        Argument::Context => quote_spanned!(span=> context),
        Argument::Metadata if shape.in_context => quote_spanned!(span=> context.command()),
        Argument::Metadata => quote_spanned!(span=> metadata),
    });
    // Blamed on the method: a future that cannot move between threads is its.
    let mut call = quote_spanned!(span=> handler.#name(command #(, #arguments)*));
    if method.is_async {
        call = quote_spanned!(span=> #call.await);
    }
    if shape.in_context {
        call = quote_spanned!(span=> ::std::boxed::Box::pin(async move { #call }));
    }
    let closure = quote_spanned!(span=> |handler: &#handler, command #(, #parameters)*| #call);
    let retry = shape.in_context.then_some(method.retry).into_iter();
    let span = method.command.span();
    let runner = Ident::new(runner, span);
    // Named, so that a command that does not say which one it is for is told which one.
    let aggregate =
        method.arguments.iter().find_map(Argument::aggregate).map(|aggregate| respan(quote!(::<#aggregate, _, _>), span));
    quote_spanned!(span=> run.#runner #aggregate(self, #(#retry,)* #closure))
}

/// A parameter of the closure, with an underscore when the method has no use for it.
fn closure_parameter(parameter: &str, method: &Method, shape: &Shape) -> TokenStream {
    let span = method.name.span();
    let uses = |argument: &Argument| match argument {
        Argument::Aggregate(_) => parameter == "aggregate",
        Argument::Id => parameter == "id",
        Argument::Context => parameter == "context",
        Argument::Metadata => parameter == if shape.in_context { "context" } else { "metadata" },
    };
    match method.arguments.iter().find(|argument| uses(argument)) {
        Some(_) => Ident::new(parameter, span).into_token_stream(),
        None => Ident::new(&format!("_{parameter}"), span).into_token_stream(),
    }
}
