//! A read model has a column per field, and a key of one to four of them.

use syn::{Fields, ItemStruct};

use super::{Column, Projection, parse::Options};
use crate::{errors::Errors, item, marks, options};

/// How many columns a key can have: core has keys of tuples up to this size.
const LONGEST_KEY: usize = 4;

pub(super) fn projection(item: &mut ItemStruct, options: Options, errors: &mut Errors) -> Option<Projection> {
    item::check_struct("projection", item, false, errors);
    let key = marked(item, "identifier", errors);
    let indexes = marked(item, "index", errors);
    let table = options::snake_name(options.name, &item.ident, errors);
    let Fields::Named(fields) = &item.fields else { return None };
    match key.len() {
        0 => errors.at(&item.ident, "a read model is found by a key: mark the field that names a row with `#[identifier]`"),
        1..=LONGEST_KEY => (),
        _ => errors.at(&item.ident, "the key of a read model has at most four fields"),
    }
    if !(1..=LONGEST_KEY).contains(&key.len()) || !item.generics.params.is_empty() {
        return None;
    }
    let column =
        |field: &syn::Field| Some(Column { ident: field.ident.clone()?, ty: field.ty.clone(), visibility: field.vis.clone() });
    Some(Projection { ident: item.ident.clone(), table, columns: fields.named.iter().filter_map(column).collect(), key, indexes })
}

/// The places of the fields with this mark.
fn marked(item: &mut ItemStruct, mark: &str, errors: &mut Errors) -> Vec<usize> {
    let fields = item.fields.iter_mut().enumerate();
    fields.filter_map(|(place, field)| marks::take(&mut field.attrs, mark, errors).map(|_| place)).collect()
}
