//! A column is one value: a struct of one field, or an enum of plain variants.

use syn::{Fields, Item, ItemEnum, ItemStruct, LitStr, Member, Variant, ext::IdentExt as _};

use super::{Column, Kind, parse};
use crate::{errors::Errors, names};

const SHAPE: &str = "a column is one value: derive it on a struct of one field or an enum of plain variants";

pub(super) fn column(item: &Item, errors: &mut Errors) -> Option<Column> {
    let (ident, generics, kind) = match item {
        Item::Struct(item) => (&item.ident, &item.generics, wrapper(item, errors)),
        Item::Enum(item) => (&item.ident, &item.generics, plain_enum(item, errors)),
        other => {
            errors.at(other, SHAPE);
            return None;
        }
    };
    if !generics.params.is_empty() {
        errors.at(generics, "`#[derive(Column)]` refuses generics: a column has one type");
        return None;
    }
    Some(Column { ident: ident.clone(), kind: kind? })
}

fn wrapper(item: &ItemStruct, errors: &mut Errors) -> Option<Kind> {
    let mut fields = item.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        errors.at(&item.ident, SHAPE);
        return None;
    };
    let member = field.ident.clone().map_or_else(|| Member::from(0), Member::Named);
    Some(Kind::Wrapper { field: member, ty: Box::new(field.ty.clone()) })
}

fn plain_enum(item: &ItemEnum, errors: &mut Errors) -> Option<Kind> {
    let rule = parse::serde_option(&item.attrs, "rename_all", errors);
    let rule = rule.and_then(|rule| known_rule(&rule, errors));
    let found = errors.len();
    let names: Vec<_> =
        item.variants.iter().map(|variant| (variant.ident.clone(), name(variant, rule.as_ref(), errors))).collect();
    if names.is_empty() {
        errors.at(&item.ident, SHAPE);
    }
    (errors.len() == found).then_some(Kind::Names(names))
}

fn name(variant: &Variant, rule: Option<&names::Case>, errors: &mut Errors) -> String {
    if !matches!(variant.fields, Fields::Unit) {
        errors.at(&variant.fields, SHAPE);
    }
    if let Some(name) = parse::serde_option(&variant.attrs, "rename", errors) {
        return name.value();
    }
    let name = variant.ident.unraw().to_string();
    rule.map_or_else(|| name.clone(), |rule| rule.apply(&name))
}

fn known_rule(rule: &LitStr, errors: &mut Errors) -> Option<names::Case> {
    let known = names::Case::parse(&rule.value());
    if known.is_none() {
        errors.at(rule, "serde does not know this case; it knows `snake_case`, `camelCase`, `kebab-case` and more");
    }
    known
}
