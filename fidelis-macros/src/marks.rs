//! Marks: the small attributes that only mean something inside an item with one of ours.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident, ImplItem, ItemImpl, Meta, Signature};

use crate::{errors::Errors, item};

/// Marks of fields, and where they work.
pub(crate) const OF_FIELDS: &[(&str, &str)] =
    &[("identifier", "a `#[command]` or a `#[projection]`"), ("index", "a `#[projection]`")];

/// A method and the mark that was taken off it.
pub(crate) struct Marked {
    pub(crate) mark: Attribute,
    pub(crate) signature: Signature,
}

impl Marked {
    /// What stands in the brackets of the mark.
    pub(crate) fn options(&self) -> TokenStream {
        match &self.mark.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(value) => {
                let (equals, value) = (value.eq_token, &value.value);
                quote!(#equals #value)
            }
        }
    }

    /// For marks without options.
    pub(crate) fn refuse_options(&self, name: &str, errors: &mut Errors) {
        let options = self.options();
        if !options.is_empty() {
            errors.at(options, format!("`#[{name}]` has no options"));
        }
    }
}

/// Takes the mark `name` off each method that has it.
pub(crate) fn methods(item: &mut ItemImpl, name: &str, errors: &mut Errors) -> Vec<Marked> {
    let methods = item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    });
    methods
        .filter_map(|method| {
            let mark = take(&mut method.attrs, name, errors)?;
            Some(Marked { mark, signature: method.sig.clone() })
        })
        .collect()
}

/// The methods without those that handle what another one handles.
pub(crate) fn distinct<M>(methods: Vec<M>, handles: impl Fn(&M) -> (&Ident, String), errors: &mut Errors) -> Vec<M> {
    let mut distinct: Vec<M> = Vec::new();
    for method in methods {
        let (name, what) = handles(&method);
        match distinct.iter().map(&handles).find(|(_, known)| *known == what) {
            Some((first, _)) => errors.at(name, format!("`{first}` already handles `{what}`")),
            None => distinct.push(method),
        }
    }
    distinct
}

/// Takes the mark `name` off an item that has it.
pub(crate) fn take(attributes: &mut Vec<Attribute>, name: &str, errors: &mut Errors) -> Option<Attribute> {
    let mut found = attributes.extract_if(.., |attribute| is(attribute, name));
    let first = found.next();
    for again in found {
        errors.at(again.path(), format!("`#[{name}]` is given twice"));
    }
    first
}

/// `#[name]` or `#[fidelis::name]`
fn is(attribute: &Attribute, name: &str) -> bool {
    let path = attribute.path();
    let ours = path.segments.len() == 1 || path.segments.len() == 2 && path.segments[0].ident == "fidelis";
    ours && path.segments.last().is_some_and(|last| last.ident == name)
}

/// The output of a mark that stands where it means nothing.
pub(crate) fn outside(name: &str, home: &str, item: &TokenStream) -> TokenStream {
    item::with_error(item, syn::Error::new(Span::call_site(), format!("`#[{name}]` only works inside {home}")))
}
