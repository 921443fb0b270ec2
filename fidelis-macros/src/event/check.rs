//! An event belongs to one aggregate and has a name and a version to be stored under.

use syn::{ItemStruct, LitInt};

use super::{Event, parse::Options};
use crate::{derives, errors::Errors, item, options};

pub(super) fn event(item: &mut ItemStruct, options: Options, definition: LitInt, errors: &mut Errors) -> Option<Event> {
    item::check_struct("event", item, true, errors);
    item::refuse_marks(item, &[], errors);
    if options.part_of.key().is_none() {
        errors.at(&item.ident, "an event belongs to one aggregate: `#[event(part_of = Account)]`");
    }
    Some(Event {
        ident: item.ident.clone(),
        name: options::stored_name(options.name, &item.ident, errors),
        version: options::version(options.version, errors),
        has_rules: derives::has_rules(item),
        definition,
        part_of: options.part_of.value().filter(|_| item.generics.params.is_empty())?,
    })
}
