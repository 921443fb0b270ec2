//! The item an attribute stands on: the right kind, without generics.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Fields, Generics, Ident, Item, ItemImpl, ItemStruct, Path, Type};

use crate::{errors::Errors, marks, print, signature};

/// An attribute's output: the item, what the attribute adds, and what is wrong.
pub(crate) fn finish(attribute: &str, name: &Ident, item: impl ToTokens, added: TokenStream, errors: Errors) -> TokenStream {
    print::if_asked(attribute, name, &added);
    let errors = errors.finish();
    quote!(#item #added #errors)
}

/// An attribute's output when there is nothing to add.
pub(crate) fn refused(item: impl ToTokens, errors: Errors) -> TokenStream {
    let errors = errors.finish();
    quote!(#item #errors)
}

/// Registers an element of the domain: the part of an expansion that other crates find at link time.
pub(crate) fn register(element: &TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::#element;
            ::fidelis::__register!(ELEMENT);
        };
    }
}

/// The item as it was written, and a mistake: for what cannot be worked with at all.
pub(crate) fn with_error(item: &TokenStream, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    quote!(#item #error)
}

/// The struct that `#[attribute]` stands on, or else its whole output.
pub(crate) fn structure(attribute: &str, tokens: TokenStream) -> Result<ItemStruct, TokenStream> {
    match syn::parse2(tokens.clone()) {
        Ok(Item::Struct(item)) => Ok(item),
        Ok(other) => Err(misplaced(attribute, "a struct", &other, &tokens)),
        Err(error) => Err(with_error(&tokens, error)),
    }
}

/// The impl block that `#[attribute]` stands on, or else its whole output.
pub(crate) fn block(attribute: &str, tokens: TokenStream) -> Result<ItemImpl, TokenStream> {
    match syn::parse2(tokens.clone()) {
        Ok(Item::Impl(item)) => Ok(item),
        Ok(other) => Err(misplaced(attribute, "an `impl` block", &other, &tokens)),
        Err(error) => Err(with_error(&tokens, error)),
    }
}

/// The output of an attribute that stands on the wrong kind of item.
pub(crate) fn misplaced(attribute: &str, place: &str, item: &Item, tokens: &TokenStream) -> TokenStream {
    let message = format!("`#[{attribute}]` goes on {place}");
    with_error(tokens, syn::Error::new_spanned(keyword(item), message))
}

/// Refuses fields without names; `unit` says whether no fields at all will do.
pub(crate) fn check_struct(attribute: &str, item: &ItemStruct, unit: bool, errors: &mut Errors) {
    check_generics(attribute, &item.generics, errors);
    let ident = &item.ident;
    let wrong: &dyn ToTokens = match &item.fields {
        Fields::Named(_) => return,
        Fields::Unit if unit => return,
        Fields::Unit => ident,
        Fields::Unnamed(fields) => &fields.unnamed,
    };
    errors.at(wrong, format!("`#[{attribute}]` needs fields with names: `struct {ident} {{ name: Type }}`"));
}

/// The type that a block belongs to; `None` when it has no name to be registered under.
pub(crate) fn check_block(attribute: &str, item: &ItemImpl, errors: &mut Errors) -> Option<Path> {
    check_generics(attribute, &item.generics, errors);
    if let Some((of, _)) = &item.trait_ {
        errors.at(of, format!("`#[{attribute}]` goes on the type's own `impl` block, not on one of a trait"));
        return None;
    }
    match signature::plain(&item.self_ty) {
        Type::Path(path) if path.qself.is_none() && path.path.segments.iter().all(|segment| segment.arguments.is_empty()) => {
            Some(path.path.clone())
        }
        // Generic arguments of an `impl<T> Name<T>` were refused as its generics.
        other if item.generics.params.is_empty() => {
            errors.at(other, format!("`#[{attribute}]` needs the plain name of a type, as in `impl Account`"));
            None
        }
        _ => None,
    }
}

fn check_generics(attribute: &str, generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        errors.at(generics, format!("`#[{attribute}]` refuses generics: what it declares is registered under one name"));
    }
}

/// Refuses our marks on fields where they mean nothing, and takes them off.
pub(crate) fn refuse_marks(item: &mut ItemStruct, allowed: &[&str], errors: &mut Errors) {
    for (mark, home) in marks::OF_FIELDS {
        for field in item.fields.iter_mut().filter(|_| !allowed.contains(mark)) {
            if let Some(found) = marks::take(&mut field.attrs, mark, errors) {
                errors.at(found, format!("`#[{mark}]` only works inside {home}"));
            }
        }
    }
}

/// The word that says what kind of item it is.
fn keyword(item: &Item) -> TokenStream {
    match item {
        Item::Const(item) => item.const_token.to_token_stream(),
        Item::Enum(item) => item.enum_token.to_token_stream(),
        Item::Fn(item) => item.sig.fn_token.to_token_stream(),
        Item::Impl(item) => item.impl_token.to_token_stream(),
        Item::Mod(item) => item.mod_token.to_token_stream(),
        Item::Static(item) => item.static_token.to_token_stream(),
        Item::Struct(item) => item.struct_token.to_token_stream(),
        Item::Trait(item) => item.trait_token.to_token_stream(),
        Item::Type(item) => item.type_token.to_token_stream(),
        Item::Union(item) => item.union_token.to_token_stream(),
        other => other.to_token_stream(),
    }
}
