//! Each command has one method, and the method's types say how it is to be called.

use syn::{ItemImpl, Path, Signature, Type};

use super::{Argument, CommandHandler, Method, Shape, parse, parse::Options};
use crate::{
    errors::Errors,
    item,
    marks::{self, Marked},
    signature::{self, Taken},
};

const SHAPES: &str = "a command handler looks like one of these:
    fn open(&self, command: Open) -> Result<Account, Rejection>                          // creates
    fn deposit(&self, command: Deposit, account: &mut Account) -> Result<(), Rejection>  // loads and changes
    async fn open(&self, command: Open, ctx: &Context) -> Result<Account, HandlerError>
    async fn deposit(&self, command: Deposit, account: &mut Account, ctx: &Context) -> Result<(), HandlerError>
    async fn import(&self, command: Import, ctx: &Context) -> Result<u64, HandlerError>  // does everything itself
the first two may also take `id: Id<Account>` (the new one) and all may take `meta: &CommandMetadata`";

pub(super) fn command_handler(item: &mut ItemImpl, options: Options, errors: &mut Errors) -> Option<CommandHandler> {
    let handler = item::check_block("command_handler", item, errors);
    if options.part_of.key().is_none() {
        errors.at(&item.self_ty, "a command handler decides for one aggregate: `#[command_handler(part_of = Account)]`");
    }
    let part_of = options.part_of.value();
    let mut methods: Vec<Method> = Vec::new();
    for marked in marks::methods(item, "handle", errors) {
        let Some(method) = method(&marked, part_of.as_ref(), errors) else {
            continue;
        };
        match methods.iter().find(|known| signature::name(&known.command) == signature::name(&method.command)) {
            Some(Method { name: first, command, .. }) => {
                let command = signature::name(command).map(ToString::to_string).unwrap_or_default();
                errors.at(&method.name, format!("`{first}` already handles `{command}`"));
            }
            None => methods.push(method),
        }
    }
    Some(CommandHandler { handler: handler?, part_of: part_of?, methods })
}

/// A `#[handle]` method; `None` when it is not to be seen which command it handles.
fn method(marked: &Marked, part_of: Option<&Path>, errors: &mut Errors) -> Option<Method> {
    let signature = &marked.signature;
    let found = errors.len();
    signature::refuse_generics(signature, errors);
    let retry = parse::retry(marked.options(), errors);
    let is_async = signature.asyncness.is_some();
    if let Some(key) = retry.key().filter(|_| !is_async) {
        errors.at(key, "`retry` is for async handlers: others are pure and always run again after a version conflict");
    }
    signature::refuse_other_objects(signature, errors);
    let parameters = signature::parameters(signature);
    let Some((Taken::Value(command), rest)) = parameters.split_first().map(|(first, rest)| (signature::taken(first), rest))
    else {
        match parameters.first() {
            Some(first) => errors.at(first, SHAPES),
            None => errors.at(&signature.ident, SHAPES),
        }
        return None;
    };
    let arguments = arguments(rest, errors);
    let shape = shape(signature, &arguments, part_of, errors);
    Some(Method {
        name: signature.ident.clone(),
        command: command.clone(),
        shape: shape.filter(|_| errors.len() == found),
        arguments,
        is_async,
        retry: !is_async || retry.key().is_some(),
    })
}

fn arguments(parameters: &[&Type], errors: &mut Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for parameter in parameters {
        let is = |of: &Type, name: &str| signature::name(of).is_some_and(|last| last == name);
        let argument = match signature::taken(parameter) {
            Taken::Exclusive(_) => Argument::Aggregate,
            Taken::Value(of) if is(of, "Id") => Argument::Id,
            Taken::Shared(of) if is(of, "Context") => Argument::Context,
            Taken::Shared(of) if is(of, "CommandMetadata") => Argument::Metadata,
            _ => {
                errors.at(parameter, SHAPES);
                continue;
            }
        };
        if arguments.contains(&argument) {
            errors.at(parameter, "this is taken twice");
        }
        arguments.push(argument);
    }
    arguments
}

fn shape(signature: &Signature, arguments: &[Argument], part_of: Option<&Path>, errors: &mut Errors) -> Option<Shape> {
    let Some(output) = signature::returned(signature).and_then(|returned| signature::inside("Result", returned)) else {
        match signature::returned(signature) {
            Some(returned) => errors.at(returned, "a command handler can refuse: it returns `Result<_, Rejection>`"),
            None => errors.at(&signature.ident, "a command handler can refuse: it returns `Result<_, Rejection>`"),
        }
        return None;
    };
    let aggregate = &part_of?.segments.last()?.ident;
    let returns_aggregate = signature::name(output) == Some(aggregate);
    let takes = |argument| arguments.contains(&argument);
    let in_context = signature.asyncness.is_some() || takes(Argument::Context);
    match (takes(Argument::Aggregate), returns_aggregate) {
        (true, true) => errors.at(output, "this handler takes an aggregate and returns one: take it to change it, return it to create it"),
        (true, false) => return Some(Shape::Update { output: output.clone(), in_context }),
        (false, true) => return Some(Shape::Create { in_context }),
        (false, false) if takes(Argument::Context) => return Some(Shape::InContext { output: output.clone() }),
        (false, false) => errors.at(
            output,
            format!("this handler takes no aggregate and returns none: return the new `{aggregate}`, or take `&mut {aggregate}` or `&Context`"),
        ),
    }
    None
}
