//! What can stand behind the `=` of an option.

use syn::{
    Expr, Ident, LitInt, LitStr, Path, Token, bracketed, parenthesized, parse::ParseStream, punctuated::Punctuated, token,
};

/// The value of an option.
pub(crate) trait Value: Sized {
    /// Whether it stands behind a `=`.
    const FOLLOWS_EQUALS: bool = true;

    fn parse(input: ParseStream<'_>) -> syn::Result<Self>;
}

/// An option that is there or not.
pub(crate) struct Flag;

impl Value for Flag {
    const FOLLOWS_EQUALS: bool = false;

    fn parse(_: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Flag)
    }
}

impl Value for Path {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for Ident {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for Expr {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for LitStr {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

impl Value for LitInt {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse()
    }
}

/// `[Account, Transfer]`
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T: Value> Value for List<T> {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let list;
        bracketed!(list in input);
        Ok(List(Punctuated::<T, Token![,]>::parse_terminated_with(&list, T::parse)?.into_iter().collect()))
    }
}

/// `field`, or `(field, field)`
pub(crate) struct Fields(pub(crate) Ident, pub(crate) Vec<Ident>);

impl Value for Fields {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(token::Paren) {
            return Ok(Fields(input.parse()?, Vec::new()));
        }
        let list;
        parenthesized!(list in input);
        let first = list.parse()?;
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
        Ok(Fields(first, Punctuated::<Ident, Token![,]>::parse_terminated(&list)?.into_iter().collect()))
    }
}
