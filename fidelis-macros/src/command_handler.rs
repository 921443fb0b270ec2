//! `#[command_handler(part_of = Account)] impl AccountCommandHandler { .. }`: who decides about commands.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, Path, Type};

use crate::{errors::Errors, item, signature};

/// A well-formed block.
struct CommandHandler {
    handler: Path,
    /// `None` when it was refused: commands are handled all the same, so that only the option is reported.
    part_of: Option<Path>,
    methods: Vec<Method>,
}

/// A `#[handle]` method.
struct Method {
    name: Ident,
    command: Type,
    /// `None` when the method was refused: its command is handled all the same, so that only the method is reported.
    shape: Option<Shape>,
    /// What it takes after the command, in its order.
    arguments: Vec<Argument>,
    is_async: bool,
    /// Whether a version conflict runs it again.
    retry: bool,
}

/// What a method does, as far as it decides how it is called.
struct Shape {
    kind: Kind,
    /// `T` of the `Result<T, _>` it returns.
    returned: Type,
    /// Whether it gets a context, or may wait: whether it is more than a decision.
    in_context: bool,
}

enum Kind {
    /// Returns a new aggregate.
    Create,
    /// Changes an aggregate that was loaded for it.
    Update,
    /// Does everything itself.
    Neither,
}

/// What a method takes after the command.
enum Argument {
    /// `&mut Account`
    Aggregate(Box<Type>),
    /// `Id<Account>`
    Id,
    /// `&Context`
    Context,
    /// `&CommandMetadata`
    Metadata,
}

impl Argument {
    fn aggregate(&self) -> Option<&Type> {
        match self {
            Argument::Aggregate(aggregate) => Some(aggregate),
            _ => None,
        }
    }
}

pub(crate) fn command_handler(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::block("command_handler", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    match check::command_handler(&mut item, options, &mut errors) {
        Some(handler) => {
            let name = signature::last(&handler.handler);
            item::finish("command_handler", name, &item, expand::command_handler(&handler), errors)
        }
        None => item::refused(&item, errors),
    }
}
