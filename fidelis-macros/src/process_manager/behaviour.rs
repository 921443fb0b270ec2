//! `#[process_manager] impl FundsTransfer { .. }`: the steps.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Expr, Ident, ItemImpl, LitStr, Path, Type};

use crate::{errors::Errors, item};

/// A well-formed block.
struct Behaviour {
    process: Path,
    ident: Ident,
    steps: Vec<Step>,
    /// Commands whose refusal nobody expects.
    never_rejected: Vec<Path>,
    /// Whether a step ends its process by itself.
    completes: bool,
}

/// A step: a method that changes the state by a message and says what is to be done.
struct Step {
    name: Ident,
    answers: Answers,
    /// What it takes after the message, in its order.
    arguments: Vec<Argument>,
    /// Whether the process ends with it.
    ends: bool,
    /// How long its event waits for a process that has not started yet.
    waits: Option<Expr>,
    /// Whether the method was not refused: of one that was there is no row, but what it answers is answered.
    is_fit: bool,
}

/// What a step answers.
enum Answers {
    /// `#[handle(start)]`: an event that begins a process.
    Start(Box<Type>, Key),
    /// `#[handle]`: an event that is found by its key.
    Event(Box<Type>, Key),
    /// `#[handle(issued)]`: an event that this process has caused.
    Issued(Box<Type>),
    /// `#[on_rejected]`: the refusal of a command.
    Rejected(Box<Type>),
    /// `#[on_failed]`: this command, or any, cannot be carried out for a technical reason.
    Failed(Option<Box<Type>>),
    /// `#[on_timeout("settle")]`: a timer.
    Timeout(LitStr),
    /// `#[undo]`: a command that is to be undone.
    Undo(Box<Type>),
    /// `#[on_undone]`: all is undone.
    Undone,
}

/// Where an event holds the key of its process.
#[derive(PartialEq)]
enum Key {
    /// It is the identity of the event's aggregate.
    OfAggregate,
    /// In this field.
    Field(Ident),
}

/// What a step takes after the message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// `&Metadata`
    Metadata,
    /// `&Rejection`, or `&str`
    Why,
    /// `&mut Effects<Self>`
    Effects,
}

pub(super) fn behaviour(options: TokenStream, mut item: ItemImpl) -> TokenStream {
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    match check::behaviour(options, &mut item, &mut errors) {
        Some(behaviour) => {
            let added = expand::behaviour(&behaviour);
            item::finish("process_manager", &behaviour.ident, &item, added, errors)
        }
        None => item::refused(&item, errors),
    }
}
