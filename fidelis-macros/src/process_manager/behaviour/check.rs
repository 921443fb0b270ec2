//! Each message has one step, which is pure: it changes the state and says what is to be done.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, ItemImpl, Path, Type};

use super::{
    Answers, Argument, Behaviour, Key, Step,
    parse::{self, Handle, Options},
};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    signature::{self, Object, Taken},
};

/// The marks of steps.
const MARKS: &[&str] = &["handle", "on_rejected", "on_failed", "on_timeout", "undo", "on_undone"];

const SHAPES: &str = "a step looks like one of these; `then`, `meta` and `why` may be left out:
    fn on_deposit_made(&mut self, event: &DepositMade, meta: &Metadata, then: &mut Effects<Self>)         // #[handle(..)]
    fn on_deposit_rejected(&mut self, command: &MakeDeposit, why: &Rejection, then: &mut Effects<Self>)   // #[on_rejected]
    fn on_deposit_failed(&mut self, command: &MakeDeposit, why: &str, then: &mut Effects<Self>)           // #[on_failed]
    fn on_overdue(&mut self, then: &mut Effects<Self>)                                                    // #[on_timeout(\"overdue\")]
    fn take_back(&mut self, done: &MakeDeposit, then: &mut Effects<Self>)                                 // #[undo]
    fn on_all_undone(&mut self, why: &str, then: &mut Effects<Self>)                                      // #[on_undone]";

pub(super) fn behaviour(options: Options, item: &mut ItemImpl, errors: &mut Errors) -> Option<Behaviour> {
    let process = item::check_block("process_manager", item, errors);
    let completes = completes(item);
    let steps = steps(item, errors);
    let found = errors.len();
    let starts = steps.iter().any(|step| matches!(step.answers, Answers::Start(..)));
    if !starts && found == 0 {
        errors.at(&item.self_ty, "no event starts this process: mark the step that begins it `#[handle(start)]`");
    }
    let never_rejected = options.never_rejected.value().map_or_else(Vec::new, |list| list.0);
    let never_rejected = unanswered(never_rejected, &steps, errors);
    let process = process?;
    Some(Behaviour { ident: signature::last(&process).clone(), process, steps, never_rejected, completes })
}

/// Whether a step ends its process by itself.
fn completes(item: &ItemImpl) -> bool {
    fn says(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == "mark_as_complete",
            TokenTree::Group(group) => says(group.stream()),
            _ => false,
        })
    }
    says(item.to_token_stream())
}

fn steps(item: &mut ItemImpl, errors: &mut Errors) -> Vec<Step> {
    let mut all: Vec<(&str, Marked)> = Vec::new();
    for &mark in MARKS {
        for marked in marks::methods(item, mark, errors) {
            match all.iter().find(|(_, known)| known.signature.ident == marked.signature.ident) {
                Some((first, _)) => {
                    errors.at(&marked.mark, format!("this step is marked `#[{first}]` already: it answers one thing"))
                }
                None => all.push((mark, marked)),
            }
        }
    }
    let steps = all.iter().filter_map(|(mark, marked)| step(mark, marked, errors)).collect();
    distinct(steps, errors)
}

/// A step; `None` when it is not to be seen what it answers.
fn step(mark: &str, marked: &Marked, errors: &mut Errors) -> Option<Step> {
    let signature = &marked.signature;
    let found = errors.len();
    signature::refuse_generics(signature, errors);
    signature::refuse_async(signature, "steps of a process manager", errors);
    if signature::object(signature) != Object::Exclusive {
        let wrong = signature::or_name(signature.receiver(), signature);
        errors.at(wrong, "a step changes the state of its process: it takes `&mut self`");
    }
    if let Some(returned) = signature::returned(signature).filter(|returned| signature::inside("Result", returned).is_none()) {
        errors.at(returned, "a step returns nothing: what is to be done it says with `then`");
    }
    let handle = (mark == "handle").then(|| parse::handle(marked, errors));
    if !["handle", "on_timeout"].contains(&mark) {
        marked.refuse_options(mark, errors);
    }
    let parameters = signature::parameters(signature);
    let (answers, rest) = answers(mark, marked, handle.as_ref(), &parameters, errors)?;
    let arguments = arguments(mark, rest, errors);
    let (ends, waits) = match handle {
        Some(handle) => options(handle, errors),
        None => (false, None),
    };
    Some(Step { name: signature.ident.clone(), answers, arguments, ends, waits, is_fit: errors.len() == found })
}

/// What a step answers, and its parameters after that.
fn answers<'a>(
    mark: &str,
    marked: &Marked,
    handle: Option<&Handle>,
    parameters: &'a [&'a Type],
    errors: &mut Errors,
) -> Option<(Answers, &'a [&'a Type])> {
    match mark {
        "on_timeout" => return parse::timer(marked, errors).map(|timer| (Answers::Timeout(timer), parameters)),
        "on_undone" => return Some((Answers::Undone, parameters)),
        // Of any command.
        "on_failed" if parameters.first().is_some_and(|first| is_why(mark, first)) => {
            return Some((Answers::Failed(None), parameters));
        }
        _ => (),
    }
    let Some((first, rest)) = parameters.split_first() else {
        errors.at(&marked.signature.ident, SHAPES);
        return None;
    };
    let message = match signature::taken(first) {
        Taken::Shared(message) => message,
        Taken::Value(message) | Taken::Exclusive(message) => {
            errors.at(first, format!("a step borrows what it answers: `&{}`", signature::text(message)));
            message
        }
    };
    let message = Box::new(message.clone());
    let answers = match (mark, handle) {
        ("on_rejected", _) => Answers::Rejected(message),
        ("on_failed", _) => Answers::Failed(Some(message)),
        ("undo", _) => Answers::Undo(message),
        (_, Some(Handle { issued, .. })) if issued.key().is_some() => Answers::Issued(message),
        (_, Some(Handle { start, correlate, .. })) => {
            let key = correlate.get().map_or(Key::OfAggregate, |field| Key::Field(field.clone()));
            if start.key().is_some() { Answers::Start(message, key) } else { Answers::Event(message, key) }
        }
        (_, None) => return None,
    };
    Some((answers, rest))
}

/// The other options of `#[handle]`: whether the process is over, and how long the event waits for its process.
fn options(handle: Handle, errors: &mut Errors) -> (bool, Option<Expr>) {
    let Handle { start, issued, correlate, end, waits } = handle;
    if let (Some(_), Some(issued)) = (start.key(), issued.key()) {
        errors.at(issued, "what starts a process cannot have been caused by it: `start` or `issued`");
    }
    if let (Some(_), Some(correlate)) = (issued.key(), correlate.key()) {
        errors.at(correlate, "what a process has caused comes back to it without a key: `issued` or `correlate`");
    }
    if let (Some(_), Some(end)) = (start.key(), end.key()) {
        errors.at(end, "what ends where it starts is no process: use an `#[event_handler]`");
    }
    if let (Some(waits), true) = (waits.key(), start.key().is_some() || issued.key().is_some()) {
        errors.at(waits, "only an event that is found by its key can come before the start: `waits` is for those");
    }
    (end.key().is_some(), waits.value())
}

fn arguments(mark: &str, parameters: &[&Type], errors: &mut Errors) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    for parameter in parameters {
        let argument = match signature::taken(parameter) {
            Taken::Exclusive(of) if signature::is(of, "Effects") => {
                if signature::inside("Effects", of).is_none() {
                    errors.at(of, "write `Effects<Self>`: they are the effects of one process manager");
                }
                Argument::Effects
            }
            Taken::Shared(of) if mark == "handle" && signature::is(of, "Metadata") => Argument::Metadata,
            Taken::Shared(_) if is_why(mark, parameter) => Argument::Why,
            _ => {
                errors.at(parameter, SHAPES);
                continue;
            }
        };
        if arguments.contains(&argument) {
            errors.at(parameter, "a step takes this once");
        }
        arguments.push(argument);
    }
    arguments
}

/// Whether a parameter says why something was not done.
fn is_why(mark: &str, parameter: &Type) -> bool {
    let why = match mark {
        "on_rejected" => "Rejection",
        "on_failed" | "on_undone" => "str",
        _ => return false,
    };
    matches!(signature::taken(parameter), Taken::Shared(of) if signature::is(of, why))
}

/// The steps without those that answer what another one answers.
fn distinct(steps: Vec<Step>, errors: &mut Errors) -> Vec<Step> {
    let mut distinct: Vec<Step> = Vec::new();
    for step in steps {
        let (mark, what) = step.answers.text();
        match distinct.iter().find(|known| known.answers.text() == (mark, what.clone())) {
            Some(Step { name: first, .. }) => {
                errors.at(&step.name, format!("`{first}` is the `#[{mark}]` step for {what} already"))
            }
            None => {
                of_one_process(&step, &distinct, errors);
                distinct.push(step);
            }
        }
    }
    distinct
}

/// An event that may start a process and may come to one that has started is found by one key: it is for one process.
fn of_one_process(step: &Step, others: &[Step], errors: &mut Errors) {
    let Some((event, key)) = step.answers.by_key() else {
        return;
    };
    let same = |other: &&Step| other.answers.by_key().is_some_and(|(other, by)| other == event && by != key);
    if let Some(Step { name: first, .. }) = others.iter().find(same) {
        errors.at(&step.name, format!("`{first}` finds the process of `{event}` by another key: one event is for one process"));
    }
}

impl Answers {
    /// The event that is found by a key, and that key.
    fn by_key(&self) -> Option<(String, &Key)> {
        match self {
            Answers::Start(event, key) | Answers::Event(event, key) => Some((signature::text(&**event), key)),
            _ => None,
        }
    }

    /// The mark and what it is for, for people.
    fn text(&self) -> (&'static str, String) {
        let quoted = |message: &Type| format!("`{}`", signature::text(message));
        match self {
            Answers::Start(event, _) => ("handle(start)", quoted(event)),
            Answers::Event(event, _) => ("handle", quoted(event)),
            Answers::Issued(event) => ("handle(issued)", quoted(event)),
            Answers::Rejected(command) => ("on_rejected", quoted(command)),
            Answers::Failed(command) => ("on_failed", command.as_deref().map_or("everything".to_owned(), quoted)),
            Answers::Timeout(timer) => ("on_timeout", format!("`{}`", timer.value())),
            Answers::Undo(command) => ("undo", quoted(command)),
            Answers::Undone => ("on_undone", "everything".to_owned()),
        }
    }
}

/// The commands without those whose refusal a step answers, and without repetitions.
fn unanswered(never_rejected: Vec<Path>, steps: &[Step], errors: &mut Errors) -> Vec<Path> {
    let mut unanswered: Vec<Path> = Vec::new();
    for command in never_rejected {
        let text = signature::text(&command);
        let answered = steps.iter().find(|step| matches!(&step.answers, Answers::Rejected(of) if signature::text(of) == text));
        if let Some(Step { name, .. }) = answered {
            errors.at(&command, format!("`{name}` says what happens when it is rejected: leave it out here"));
        } else if unanswered.iter().any(|known| signature::text(known) == text) {
            errors.at(&command, format!("`{text}` is named twice"));
        } else {
            unanswered.push(command);
        }
    }
    unanswered
}
