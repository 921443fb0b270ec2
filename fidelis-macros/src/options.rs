//! Options in the brackets of an attribute: comma-separated, `key = value` or `key`.
//!
//! An attribute says which it has as a list of [`Opt`]s; one loop reads them all, so unknown, repeated and unreadable options
//! are refused in the same words everywhere, and one bad option does not hide the next.

mod value;

pub(crate) use value::{Fields, Flag, List, Value};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Ident, LitInt, LitStr, Token,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _},
};

use crate::{errors::Errors, names};

/// An option: how it is written, and what was.
pub(crate) struct Opt<T> {
    example: &'static str,
    key: Option<Ident>,
    value: Option<T>,
}

impl<T> Opt<T> {
    /// An option that is written like `example`: `part_of = Account`, or only `event_sourced`.
    pub(crate) const fn new(example: &'static str) -> Self {
        Opt { example, key: None, value: None }
    }

    /// Its key, when it was written, readable or not.
    pub(crate) fn key(&self) -> Option<&Ident> {
        self.key.as_ref()
    }

    /// Its value, when it was written and readable.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Its value, taken.
    pub(crate) fn value(self) -> Option<T> {
        self.value
    }
}

/// An [`Opt`] of any type of value.
pub(crate) trait AnyOpt {
    fn name(&self) -> &'static str;
    fn is_given(&self) -> bool;
    fn read(&mut self, key: Ident, input: ParseStream<'_>) -> syn::Result<()>;
}

impl<T: Value> AnyOpt for Opt<T> {
    fn name(&self) -> &'static str {
        self.example.split_once(' ').map_or(self.example, |(name, _)| name)
    }

    fn is_given(&self) -> bool {
        self.key.is_some()
    }

    fn read(&mut self, key: Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let name = self.name();
        let wrong = if input.is_empty() { key.span() } else { input.span() };
        let shape = |span| syn::Error::new(span, format!("option `{name}` is written `{}`", self.example));
        self.key = Some(key);
        if T::FOLLOWS_EQUALS && input.parse::<Option<Token![=]>>()?.is_none() {
            return Err(shape(wrong));
        }
        let wrong = if input.is_empty() { wrong } else { input.span() };
        let value = T::parse(input).map_err(|_| shape(wrong))?;
        if !T::FOLLOWS_EQUALS && input.peek(Token![=]) {
            return Err(input.error(format!("option `{name}` takes no value")));
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("options are separated by commas"));
        }
        self.value = Some(value);
        Ok(())
    }
}

/// Reads options into those an attribute knows.
pub(crate) fn read(tokens: TokenStream, known: &mut [&mut dyn AnyOpt], errors: &mut Errors) {
    let all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = read_one(input, known) {
                errors.add(error);
                skip_to_comma(input)?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = all.parse2(tokens) {
        errors.add(error);
    }
}

fn read_one(input: ParseStream<'_>, known: &mut [&mut dyn AnyOpt]) -> syn::Result<()> {
    let name_expected = input.span();
    let Ok(key) = input.call(Ident::parse_any) else {
        return Err(syn::Error::new(name_expected, format!("expected an option; {}", valid(known))));
    };
    let Some(option) = known.iter_mut().find(|option| key == option.name()) else {
        return Err(syn::Error::new(key.span(), format!("unknown option `{key}`; {}", valid(known))));
    };
    if option.is_given() {
        return Err(syn::Error::new(key.span(), format!("option `{key}` is given twice")));
    }
    option.read(key, input)
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// ``valid options are `a`, `b` and `c` ``
fn valid(known: &[&mut dyn AnyOpt]) -> String {
    let names: Vec<String> = known.iter().map(|option| format!("`{}`", option.name())).collect();
    match &names[..] {
        [first @ .., last] if !first.is_empty() => format!("valid options are {} and {last}", first.join(", ")),
        only => format!("the only valid option is {}", only.concat()),
    }
}

/// What a type of message is stored as: the `name` option, else the type's own name.
pub(crate) fn stored_name(name: Opt<LitStr>, ident: &Ident, errors: &mut Errors) -> String {
    let Some(name) = name.value() else {
        return ident.unraw().to_string();
    };
    if !names::is_type_name(&name.value()) {
        errors.at(&name, format!("a stored name is written in letters, digits and `_`, such as `{ident}`"));
    }
    name.value()
}

/// The `version` option.
pub(crate) fn version(version: Opt<LitInt>, errors: &mut Errors) -> Option<LitInt> {
    let version = version.value()?;
    if !matches!(version.base10_parse::<u32>(), Ok(1..)) {
        errors.at(&version, "versions are whole numbers from 1");
    }
    Some(version)
}

/// What something begins the names of streams or tables with: the `name` option, else the type's name in snake case.
pub(crate) fn snake_name(name: Opt<LitStr>, ident: &Ident, errors: &mut Errors) -> String {
    let snake = names::snake_case(&ident.unraw().to_string());
    let Some(name) = name.value() else {
        return snake;
    };
    if !names::is_snake_case(&name.value()) {
        errors.at(&name, format!("this name is written in lower-case letters, digits and `_`, such as `{snake}`"));
    }
    name.value()
}
