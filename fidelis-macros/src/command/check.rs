//! A command is decided by one aggregate and names at most one that exists.

use quote::ToTokens as _;
use syn::{ItemStruct, Member};

use super::{Command, parse::Options};
use crate::{derives, errors::Errors, item, marks, options};

pub(super) fn command(item: &mut ItemStruct, options: Options, errors: &mut Errors) -> Option<Command> {
    item::check_struct("command", item, true, errors);
    item::refuse_marks(item, &["identifier"], errors);
    let identifier = identifier(item, errors);
    if options.part_of.key().is_none() {
        errors.at(&item.ident, "a command is decided by one aggregate: `#[command(part_of = Account)]`");
    }
    Some(Command {
        ident: item.ident.clone(),
        name: options::stored_name(options.name, &item.ident, errors),
        version: options::version(options.version, errors),
        identifier,
        has_rules: derives::has_rules(item),
        part_of: options.part_of.value().filter(|_| item.generics.params.is_empty())?,
    })
}

fn identifier(item: &mut ItemStruct, errors: &mut Errors) -> Option<Member> {
    let members: Vec<Member> = item.fields.members().collect();
    let mut identifier: Option<Member> = None;
    for (field, member) in item.fields.iter_mut().zip(members) {
        let Some(mark) = marks::take(&mut field.attrs, "identifier", errors) else { continue };
        match &identifier {
            Some(first) => errors.at(mark, format!("a command names one aggregate; `{}` already does", first.to_token_stream())),
            None => identifier = Some(member),
        }
    }
    identifier
}
