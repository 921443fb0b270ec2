//! Each command has one method, and the method's types say how it is to be called.

use std::mem;

use syn::{ItemImpl, Path, Signature, Type};

use super::{Argument, CommandHandler, Kind, Method, Shape, parse, parse::Options};
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
    let marked = marks::methods(item, "handle", errors);
    let methods = marked.iter().filter_map(|marked| method(marked, part_of.as_ref(), errors)).collect();
    let methods = marks::distinct(methods, |method: &Method| (&method.name, signature::text(&method.command)), errors);
    Some(CommandHandler { handler: handler?, part_of, methods })
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
    signature::require_shared_object(signature, errors);
    let parameters = signature::parameters(signature);
    let first = parameters.first().copied();
    let Some(Taken::Value(command)) = first.map(signature::taken) else {
        errors.at(signature::or_name(first, signature), SHAPES);
        return None;
    };
    let arguments = arguments(&parameters[1..], errors);
    let shape = if errors.len() == found { shape(signature, &arguments, part_of, errors) } else { None };
    Some(Method {
        name: signature.ident.clone(),
        command: command.clone(),
        shape,
        arguments,
        is_async,
        retry: !is_async || retry.key().is_some(),
    })
}

fn arguments(parameters: &[&Type], errors: &mut Errors) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    for parameter in parameters {
        let Some(argument) = argument(parameter) else {
            errors.at(parameter, SHAPES);
            continue;
        };
        if arguments.iter().any(|known| mem::discriminant(known) == mem::discriminant(&argument)) {
            errors.at(parameter, "a command handler takes this once");
        }
        arguments.push(argument);
    }
    arguments
}

fn argument(parameter: &Type) -> Option<Argument> {
    match signature::taken(parameter) {
        Taken::Exclusive(aggregate) => Some(Argument::Aggregate(Box::new(aggregate.clone()))),
        Taken::Value(of) if signature::is(of, "Id") => Some(Argument::Id),
        Taken::Shared(of) if signature::is(of, "Context") => Some(Argument::Context),
        Taken::Shared(of) if signature::is(of, "CommandMetadata") => Some(Argument::Metadata),
        _ => None,
    }
}

fn shape(signature: &Signature, arguments: &[Argument], part_of: Option<&Path>, errors: &mut Errors) -> Option<Shape> {
    let returned = signature::returned(signature);
    let Some(value) = returned.and_then(|returned| signature::inside("Result", returned)) else {
        errors.at(signature::or_name(returned, signature), "a command handler can refuse: it returns `Result<_, Rejection>`");
        return None;
    };
    let aggregate = signature::last(part_of?).to_string();
    let takes_context = arguments.iter().any(|argument| matches!(argument, Argument::Context));
    let takes_aggregate = arguments.iter().any(|argument| matches!(argument, Argument::Aggregate(_)));
    let kind = match (takes_aggregate, signature::is(value, &aggregate)) {
        (true, false) => Kind::Update,
        (false, true) => Kind::Create,
        (false, false) if takes_context => Kind::Neither,
        (true, true) => {
            errors.at(value, "take an aggregate to change it, or return one to create it, not both");
            return None;
        }
        (false, false) => {
            let message = format!(
                "return the new `{aggregate}`, or take `&mut {aggregate}` to change one, or `&Context` to do as you like"
            );
            errors.at(value, message);
            return None;
        }
    };
    let id = signature::parameters(signature).into_iter().find(|parameter| signature::is(parameter, "Id"));
    if let (Some(id), Kind::Update | Kind::Neither) = (id, &kind) {
        errors.at(id, format!("only a handler that returns a new `{aggregate}` takes the identity it is to have"));
        return None;
    }
    Some(Shape { kind, returned: value.clone(), in_context: takes_context || signature.asyncness.is_some() })
}
