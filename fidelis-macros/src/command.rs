//! `#[command(part_of = Account)] struct MakeDeposit { .. }`: what somebody wants to happen to an aggregate.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::{Ident, LitInt, Member, Path};

use crate::{derives, errors::Errors, item};

/// A well-formed command.
struct Command {
    ident: Ident,
    part_of: Path,
    name: String,
    version: Option<LitInt>,
    /// The field that names the aggregate it is for.
    identifier: Option<Member>,
    has_rules: bool,
}

pub(crate) fn command(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut item = match item::structure("command", tokens) {
        Ok(item) => item,
        Err(output) => return output,
    };
    let mut errors = Errors::new();
    let options = parse::options(options, &mut errors);
    let command = check::command(&mut item, options, &mut errors);
    derives::add(&mut item, derives::OF_MESSAGES, &["deny_unknown_fields"]);
    let added = command.as_ref().map(expand::command).unwrap_or_default();
    item::finish("command", &item.ident, &item, added, errors)
}
