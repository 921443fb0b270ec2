//! What a method takes and gives back, as far as its types are written in words we know.

use quote::ToTokens;
use syn::{FnArg, GenericArgument, GenericParam, Ident, Path, PathArguments, ReceiverKind, ReturnType, Signature, Type};

use crate::errors::Errors;

/// How a method takes its object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    /// `&self`
    Shared,
    /// `&mut self`
    Exclusive,
    /// Some other way, or not at all.
    Other,
}

/// How a method takes a parameter.
pub(crate) enum Taken<'a> {
    /// `Type`
    Value(&'a Type),
    /// `&Type`
    Shared(&'a Type),
    /// `&mut Type`
    Exclusive(&'a Type),
}

pub(crate) fn object(signature: &Signature) -> Object {
    match signature.receiver().map(|receiver| &receiver.kind) {
        Some(ReceiverKind::Reference(_, _, None)) => Object::Shared,
        Some(ReceiverKind::Reference(_, _, Some(_))) => Object::Exclusive,
        _ => Object::Other,
    }
}

/// The types of the parameters after `self`.
pub(crate) fn parameters(signature: &Signature) -> Vec<&Type> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    typed.collect()
}

pub(crate) fn taken(parameter: &Type) -> Taken<'_> {
    match plain(parameter) {
        Type::Reference(reference) if reference.mutability.is_some() => Taken::Exclusive(plain(&reference.elem)),
        Type::Reference(reference) => Taken::Shared(plain(&reference.elem)),
        value => Taken::Value(value),
    }
}

/// The last word of a path: `Account` of `crate::account::Account`.
pub(crate) fn last(path: &Path) -> &Ident {
    &path.segments.last().expect("a path has a segment").ident
}

/// Whether a type is written `name`, or with a path before it.
pub(crate) fn is(of: &Type, name: &(impl AsRef<str> + ?Sized)) -> bool {
    matches!(plain(of), Type::Path(path) if last(&path.path) == name)
}

/// A type or path as it is written, without spaces.
pub(crate) fn text(of: &impl ToTokens) -> String {
    of.to_token_stream().to_string().replace(' ', "")
}

/// `T` of `wrapper<T, ..>`.
pub(crate) fn inside<'a>(wrapper: &str, of: &'a Type) -> Option<&'a Type> {
    let Type::Path(path) = plain(of) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(first) => Some(plain(first)),
        _ => None,
    })
}

/// The type a method returns; `None` for nothing.
pub(crate) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, returned) => Some(plain(returned)).filter(|returned| !is_unit(returned)),
    }
}

fn is_unit(returned: &Type) -> bool {
    matches!(returned, Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// A type without the invisible brackets that `macro_rules!` puts around it.
pub(crate) fn plain(of: &Type) -> &Type {
    match of {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        other => other,
    }
}

/// Refuses type parameters: a row of a table calls one function.
pub(crate) fn refuse_generics(signature: &Signature, errors: &mut Errors) {
    let generics = &signature.generics;
    if generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_))) {
        errors.at(generics, "this method cannot be generic: it is registered for one type");
    }
}

/// For methods that may run again at any time.
pub(crate) fn refuse_async(signature: &Signature, what: &str, errors: &mut Errors) {
    if let Some(asyncness) = &signature.asyncness {
        errors.at(asyncness, format!("{what} are pure: they cannot be async"));
    }
}

/// For methods of objects that are there once.
pub(crate) fn require_shared_object(signature: &Signature, errors: &mut Errors) {
    if object(signature) != Object::Shared {
        let wrong = or_name(signature.receiver(), signature);
        errors.at(wrong, "this object is shared between messages: its methods take `&self`");
    }
}

/// Where a mistake is reported: at a part of the signature, or at the name of the method when the part is missing.
pub(crate) fn or_name<'a>(part: Option<&'a impl ToTokens>, signature: &'a Signature) -> &'a dyn ToTokens {
    match part {
        Some(part) => part,
        None => &signature.ident,
    }
}
