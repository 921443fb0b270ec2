//! Derives that our items have without being asked.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident, ItemStruct, Meta, Path, Token, parse_quote, punctuated::Punctuated};

pub(crate) const OF_MESSAGES: &[&str] = &["Clone", "Debug", "PartialEq", "Serialize", "Deserialize"];
pub(crate) const OF_AGGREGATES: &[&str] = &["Clone", "Debug", "Default", "PartialEq", "Serialize", "Deserialize"];

/// Adds the derives that are not written yet, and the serde options that are not either; rules of fields get their derive too.
pub(crate) fn add(item: &mut ItemStruct, wanted: &[&str], serde_options: &[&str]) {
    let has_rules = has_rules(item);
    let written = written(&item.attrs);
    let is_new = |name: &str| !written.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name));
    let wanted = wanted.iter().copied().chain(has_rules.then_some("Validate"));
    let paths: Vec<_> = wanted.filter(|name| is_new(name)).map(path).collect();

    let mut added: Vec<Attribute> = Vec::new();
    if !paths.is_empty() {
        added.push(parse_quote!(#[derive(#(#paths),*)]));
    }
    if !says(&item.attrs, "serde", "crate") {
        added.push(parse_quote!(#[serde(crate = "::fidelis::__private::serde")]));
    }
    for option in serde_options.iter().filter(|option| !says(&item.attrs, "serde", option)) {
        let option = Ident::new(option, Span::call_site());
        added.push(parse_quote!(#[serde(#option)]));
    }
    if has_rules && !says(&item.attrs, "garde", "allow_unvalidated") {
        added.push(parse_quote!(#[garde(allow_unvalidated)]));
    }
    let after_docs = item.attrs.iter().take_while(|attribute| attribute.path().is_ident("doc")).count();
    item.attrs.splice(after_docs..after_docs, added);
}

/// Whether the item or one of its fields carries a rule: `#[garde(..)]`.
pub(crate) fn has_rules(item: &ItemStruct) -> bool {
    let of_fields = item.fields.iter().flat_map(|field| &field.attrs);
    item.attrs.iter().chain(of_fields).any(|attribute| attribute.path().is_ident("garde"))
}

/// `impl Validated`, for an item with or without rules.
pub(crate) fn validated(name: &Ident, has_rules: bool) -> TokenStream {
    if !has_rules {
        return quote!(impl ::fidelis::Validated for #name {});
    }
    quote! {
        impl ::fidelis::Validated for #name {
            fn validate(&self) -> ::core::result::Result<(), ::fidelis::Rejection> {
                ::fidelis::__private::validate_fields(self)
            }
        }
    }
}

fn path(derive: &str) -> TokenStream {
    match derive {
        "Clone" => quote!(::core::clone::Clone),
        "Debug" => quote!(::core::fmt::Debug),
        "Default" => quote!(::core::default::Default),
        "PartialEq" => quote!(::core::cmp::PartialEq),
        "Validate" => quote!(::garde::Validate),
        _ => {
            let of_serde = Ident::new(derive, Span::call_site());
            quote!(::fidelis::__private::#of_serde)
        }
    }
}

fn written(attributes: &[Attribute]) -> Vec<Path> {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let lists = derives.filter_map(|derive| derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok());
    lists.flatten().collect()
}

/// Whether `#[attribute(.., option, ..)]` is written.
fn says(attributes: &[Attribute], attribute: &str, option: &str) -> bool {
    let lists =
        attributes.iter().filter(|written| written.path().is_ident(attribute)).filter_map(|written| match &written.meta {
            Meta::List(list) => Some(list.tokens.clone()),
            _ => None,
        });
    lists.flatten().any(|token| token.to_string() == option)
}
