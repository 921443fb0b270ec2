//! The item, and what `#[serde(..)]` says about the names of variants.

use proc_macro2::TokenStream;
use syn::{Attribute, Item, LitStr, Token, parse::ParseStream};

use crate::errors::Errors;

pub(super) fn item(tokens: TokenStream, errors: &mut Errors) -> Option<Item> {
    syn::parse2(tokens).map_err(|error| errors.add(error)).ok()
}

/// The text of `#[serde(option = "text")]`; other options are serde's business.
pub(super) fn serde_option(attributes: &[Attribute], option: &str, errors: &mut Errors) -> Option<LitStr> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident(option) {
                return skip_value(meta.input);
            }
            let name = meta.value().and_then(|value| value.parse());
            found = Some(name.map_err(|_| {
                meta.error("`#[derive(Column)]` reads names in one form: `rename = \"..\"` and `rename_all = \"..\"`")
            })?);
            Ok(())
        });
        if let Err(error) = read {
            errors.add(error);
        }
    }
    found
}

fn skip_value(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
