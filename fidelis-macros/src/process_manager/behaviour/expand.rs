//! What `#[process_manager]` adds to an impl block; `snapshots/process_manager_impl.rs` shows it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, Type, spanned::Spanned as _};

use super::{Answers, Argument, Behaviour, Key, Step};
use crate::{item, spans::respan};

pub(super) fn behaviour(behaviour: &Behaviour) -> TokenStream {
    let Behaviour { process, steps, never_rejected, completes, .. } = behaviour;
    let timers = steps.iter().filter_map(|step| match &step.answers {
        Answers::Timeout(name) => Some(timer(name)),
        _ => None,
    });
    let answered = steps.iter().filter_map(|step| match &step.answers {
        // Blamed on the command's type, should it be none or have no handler.
        Answers::Rejected(command) => Some(issued_by(behaviour, command, command.span())),
        _ => None,
    });
    let unanswered = never_rejected.iter().map(|command| issued_by(behaviour, command, command.span()));
    let required = steps.iter().filter_map(|step| match &step.answers {
        // Blamed on the command's type: one that cannot be issued can neither fail nor be undone.
        Answers::Failed(Some(command)) | Answers::Undo(command) => {
            let process = respan(quote!(#process), command.span());
            Some(quote_spanned!(command.span()=> const _: () = ::fidelis::__private::require_issued::<#process, #command>();))
        }
        _ => None,
    });
    let rows = rows(behaviour);
    let registered = item::register(&quote!(ProcessManager(<#process as ::fidelis::process::Steps>::ROW)));
    quote! {
        impl #process {
            #[doc(hidden)]
            const __ALL_STEPS_GO_IN_ONE_PROCESS_MANAGER_IMPL: () = ();
            #(#timers)*
        }
        #(#answered)*
        #(#unanswered)*
        #(#required)*
        impl ::fidelis::process::Steps for #process {
            const ROW: ::fidelis::process::ProcessRow = ::fidelis::process::ProcessRow {
                name: <#process as ::fidelis::process::ProcessManager>::NAME,
                stream: <#process as ::fidelis::process::ProcessManager>::STREAM,
                definition: <#process as ::fidelis::process::ProcessManager>::DEFINITION,
                fits: ::fidelis::process::fits::<#process>,
                #rows
                completes: #completes,
            }
            .with_steps_in_definition();
        }
        #registered
    }
}

/// The constant by which a timer is started.
fn timer(name: &LitStr) -> TokenStream {
    // Blamed on the name: a timer that nobody starts never fires.
    let constant = Ident::new(&name.value().to_uppercase(), name.span());
    let doc = format!(" The timer `{}`.", name.value());
    quote_spanned! {name.span()=>
        #[doc = #doc]
        #[deny(dead_code)]
        pub(crate) const #constant: ::fidelis::process::Timer<Self> = ::fidelis::process::Timer::new(#name);
    }
}

fn issued_by(Behaviour { process, .. }: &Behaviour, command: &impl ToTokens, span: Span) -> TokenStream {
    let process = respan(process.to_token_stream(), span);
    quote_spanned!(span=> impl ::fidelis::process::IssuedBy<#process> for #command {})
}

/// The rows of the steps, by what they answer.
fn rows(behaviour: &Behaviour) -> TokenStream {
    let (mut events, mut issues, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    let (mut timeouts, mut undos, mut undone) = (Vec::new(), Vec::new(), quote!(::core::option::Option::None));
    for step in behaviour.steps.iter().filter(|step| step.is_fit) {
        let name = step.name.to_string();
        let call = call(behaviour, step);
        match &step.answers {
            Answers::Start(event, _) | Answers::Event(event, _) | Answers::Issued(event) => {
                events.push(event_row(behaviour, step, event, &call));
            }
            Answers::Rejected(command) => issues.push(quote! {
                ::fidelis::process::IssuedRow {
                    command: ::fidelis::process::IssuedType::of::<#command>(),
                    on_rejected: ::core::option::Option::Some(::fidelis::process::RejectedStep { name: #name, call: #call }),
                }
            }),
            Answers::Failed(command) => {
                let command = match command {
                    Some(command) => quote!(::core::option::Option::Some(<#command as ::fidelis::Command>::NAME)),
                    None => quote!(::core::option::Option::None),
                };
                failures.push(quote!(::fidelis::process::FailedStep { name: #name, command: #command, call: #call }));
            }
            Answers::Timeout(timer) => {
                timeouts.push(quote!(::fidelis::process::TimeoutStep { name: #name, timer: #timer, call: #call }));
            }
            Answers::Undo(command) => undos.push(quote! {
                ::fidelis::process::UndoStep { name: #name, command: <#command as ::fidelis::Command>::NAME, call: #call }
            }),
            Answers::Undone => {
                undone = quote!(::core::option::Option::Some(::fidelis::process::UndoneStep { name: #name, call: #call }));
            }
        }
    }
    let unanswered = behaviour.never_rejected.iter().map(|command| {
        quote! {
            ::fidelis::process::IssuedRow {
                command: ::fidelis::process::IssuedType::of::<#command>(),
                on_rejected: ::core::option::Option::None,
            }
        }
    });
    issues.extend(unanswered);
    quote! {
        events: &[#(#events),*],
        issues: &[#(#issues),*],
        failures: &[#(#failures),*],
        timeouts: &[#(#timeouts),*],
        undos: &[#(#undos),*],
        undone: #undone,
    }
}

fn event_row(behaviour: &Behaviour, step: &Step, event: &Type, call: &TokenStream) -> TokenStream {
    let name = step.name.to_string();
    let (ends, starts) = (step.ends, matches!(step.answers, Answers::Start(..)));
    let route = match &step.answers {
        Answers::Start(_, key) | Answers::Event(_, key) => {
            let key = self::key(behaviour, event, key);
            quote!(::fidelis::process::Route::Field(#key))
        }
        _ => quote!(::fidelis::process::Route::Issued),
    };
    let waits = match &step.waits {
        Some(waits) => quote!(::core::option::Option::Some(#waits)),
        None => quote!(::core::option::Option::None),
    };
    quote! {
        ::fidelis::process::EventStep {
            name: #name,
            event: ::fidelis::EventType::of::<#event>(),
            route: #route,
            starts: #starts,
            ends: #ends,
            waits: #waits,
            call: #call,
        }
    }
}

/// How the key of an event's process is found.
fn key(Behaviour { process, .. }: &Behaviour, event: &Type, key: &Key) -> TokenStream {
    match key {
        // Blamed on the event's type: that is what does not say which process it is for.
        Key::OfAggregate => respan(quote!(::fidelis::process::key_of_aggregate::<#process, #event>), event.span()),
        // Blamed on the field, should the event not have it or its type be another one.
        Key::Field(field) => quote_spanned! {field.span()=>
            |message| {
                let event = message.decode::<#event>()?;
                ::fidelis::process::key_of_field::<#process>(&event.#field)
            }
        },
    }
}

/// The method, as the row calls it.
fn call(Behaviour { process, .. }: &Behaviour, step: &Step) -> TokenStream {
    let Step { name, answers, arguments, .. } = step;
    // Blamed on the method, should one of its parameters or what it returns be something else.
    let span = name.span();
    let arguments = arguments.iter().map(|argument| match argument {
        Argument::Metadata => quote_spanned!(span=> &message.metadata),
        Argument::Why => quote_spanned!(span=> why),
        Argument::Effects => quote_spanned!(span=> then),
    });
    let then = used("then", step.arguments.contains(&Argument::Effects), span);
    let why = used("why", step.arguments.contains(&Argument::Why), span);
    let method = |subject: Option<TokenStream>| {
        let arguments = subject.into_iter().chain(arguments);
        quote_spanned!(span=> ::core::result::Result::Ok(process.#name(#(#arguments),*)))
    };
    let step = quote_spanned!(span=> ::fidelis::process::step::<#process, _>);
    match answers {
        Answers::Start(event, key) => {
            // The process is given its key.
            let key = match key {
                Key::OfAggregate => quote_spanned!(span=> ::fidelis::process::identity::<#process, #event>(message)?),
                Key::Field(field) => quote_spanned!(span=> ::core::clone::Clone::clone(&event.#field)),
            };
            let method = method(Some(quote_spanned!(span=> &event)));
            quote_spanned! {span=>
                |state, message| #step(state, |process, #then| {
                    let event = message.decode::<#event>()?;
                    ::fidelis::process::ProcessManager::correlate(process, #key);
                    #method
                })
            }
        }
        Answers::Event(event, _) | Answers::Issued(event) => {
            let method = method(Some(quote_spanned!(span=> &event)));
            quote_spanned! {span=>
                |state, message| #step(state, |process, #then| {
                    let event = message.decode::<#event>()?;
                    #method
                })
            }
        }
        Answers::Rejected(command) | Answers::Failed(Some(command)) => {
            let method = method(Some(quote_spanned!(span=> &command)));
            quote_spanned! {span=>
                |state, command, #why| #step(::core::option::Option::Some(state), |process, #then| {
                    let command = ::fidelis::process::issued::<#command>(command)?;
                    #method
                })
            }
        }
        Answers::Failed(None) => {
            let method = method(None);
            quote_spanned!(span=> |state, _, #why| #step(::core::option::Option::Some(state), |process, #then| #method))
        }
        Answers::Timeout(_) => {
            let method = method(None);
            quote_spanned!(span=> |state| #step(::core::option::Option::Some(state), |process, #then| #method))
        }
        Answers::Undo(command) => {
            let method = method(Some(quote_spanned!(span=> &done)));
            quote_spanned! {span=>
                |state, done| #step(::core::option::Option::Some(state), |process, #then| {
                    let done = ::fidelis::process::issued::<#command>(done)?;
                    #method
                })
            }
        }
        Answers::Undone => {
            let method = method(None);
            quote_spanned!(span=> |state, #why| #step(::core::option::Option::Some(state), |process, #then| #method))
        }
    }
}

/// A parameter of a closure, with an underscore when the method has no use for it.
fn used(parameter: &str, is_used: bool, span: Span) -> Ident {
    match is_used {
        true => Ident::new(parameter, span),
        false => Ident::new(&format!("_{parameter}"), span),
    }
}
